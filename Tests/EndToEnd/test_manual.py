"""Completions and man pages: what shells and man(1) say of them, where these are installed."""
import json
import os
import shutil
import subprocess
import unittest

from fleet import AGENT, LOOPTOP, ROOT, Fleet
from terminal import Terminal

PROGRAMS = {"looptop": LOOPTOP, "looptop-agent": AGENT}


def output(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def leaves(command, name=""):
    """The commands that do something, with their options as they are typed."""
    below = [one for one in command.get("subcommands", []) if one["commandName"] != "help"]
    if not below:
        options = set()
        for argument in command.get("arguments", []):
            for spelling in argument.get("names", []) if argument["shouldDisplay"] else []:
                options.add(("--" if spelling["kind"] == "long" else "-") + spelling["name"])
        yield name, options - {"-h", "--help", "--version"}
    for one in below:
        yield from leaves(one, f"{name} {one['commandName']}".strip())


class ManPages(unittest.TestCase):
    def test_every_command_and_option_is_in_the_page(self):
        for name, program in PROGRAMS.items():
            page = output(program, "man").replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
            described = json.loads(output(program, "--experimental-dump-help"))["command"]
            commands = list(leaves(described))
            self.assertGreater(len(commands), 5)
            for command, options in commands:
                self.assertIn(f'.SS "{name} {command}"\n', page)
                section = page.split(f'.SS "{name} {command}"\n', 1)[1].split("\n.S")[0]
                for option in options:
                    self.assertRegex(section, rf"(?m)(^|[ ,]){option}([ ,.]|$)", f"{name} {command}")

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_has_nothing_to_say(self):
        for name, program in PROGRAMS.items():
            done = subprocess.run(
                ["groff", "-man", "-ww", "-Tutf8", "-rLL=78n"], input=output(program, "man"), capture_output=True, text=True,
                env=dict(os.environ, LC_ALL="C.UTF-8"), timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            self.assertIn("NAME", done.stdout)

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_man_shows_it_without_warnings(self):
        with Fleet() as fleet:
            for name, program in PROGRAMS.items():
                path = fleet.path(name + ".1")
                with open(path, "w") as file:
                    file.write(output(program, "man"))
                done = subprocess.run(
                    ["man", "--warnings", "-l", path], capture_output=True, text=True, timeout=60,
                    env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80", MANPAGER="cat"))
                if "has been minimized" in done.stdout + done.stderr:
                    self.skipTest("man(1) of this system shows nothing")
                self.assertEqual((done.returncode, done.stderr), (0, ""), name)
                self.assertIn(name, done.stdout)


class Completions(unittest.TestCase):
    def complete(self, script, *words):
        """What bash offers for the last word."""
        line = " ".join(words)
        text = f"""source "$1"; COMP_WORDS=({' '.join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}
            COMP_LINE='{line}'; COMP_POINT={len(line)}; COMP_TYPE=9; _{words[0]} '{words[0]}' '{words[-1]}' '{words[-2]}'
            printf '%s\\n' "${{COMPREPLY[@]}}" """
        path = os.path.dirname(LOOPTOP) + ":" + os.environ["PATH"]
        done = subprocess.run(
            ["bash", "--norc", "-c", text, "bash", script], capture_output=True, text=True, timeout=60,
            env=dict(self.environment, PATH=path))
        return [one.strip() for one in done.stdout.split("\n") if one.strip()]

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.environment = dict(os.environ, HOME=self.fleet.path("home"), LOOPTOP_STATE_DIR=self.fleet.operator)
        for name in ("LOOPTOP_CONFIG", "XDG_CONFIG_HOME"):
            self.environment.pop(name, None)

    def script(self, name, shell):
        path = self.fleet.path(f"{name}.{shell}")
        with open(path, "w") as file:
            file.write(output(PROGRAMS[name], "completions", shell))
        return path

    def test_shells_can_read_them(self):
        checks = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}
        for name in PROGRAMS:
            for shell, check in checks.items():
                path = self.script(name, shell)
                self.assertGreater(os.path.getsize(path), 1000)
                if shutil.which(shell):
                    done = subprocess.run([*check, path], capture_output=True, text=True, timeout=60)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), f"{name} {shell}")

    def configure(self):
        folder = os.path.join(self.environment["HOME"], ".config", "looptop")
        os.makedirs(folder, 0o700)
        with open(os.path.join(folder, "config.json5"), "w") as file:
            file.write('{ contexts: { staging: { hosts: [{ addr: "192.0.2.7", name: "edge-1" }] }, lab: { hosts: [] } } }\n')

    def test_bash_completes_commands_options_and_names(self):
        self.configure()
        script = self.script("looptop", "bash")
        self.assertEqual(set(self.complete(script, "looptop", "res")), {"restart"})
        self.assertIn("--no-connect", self.complete(script, "looptop", "doctor", "--no"))
        self.assertEqual(set(self.complete(script, "looptop", "ls", "--output", "js")), {"json", "jsonl"})
        self.assertEqual(self.complete(script, "looptop", "ls", "--context", "st"), ["staging"])
        self.assertEqual(self.complete(script, "looptop", "ls", "--host", "ed"), ["edge-1"])
        self.assertEqual(self.complete(self.script("looptop-agent", "bash"), "looptop-agent", "disc"), ["discover"])

    def complete_by_key(self, shell, load):
        """Tab, pressed in the shell itself, after it has loaded the script."""
        self.configure()
        path = os.path.dirname(LOOPTOP) + ":" + os.environ["PATH"]
        home = self.environment["HOME"]
        terminal = Terminal(
            shell, 24, 100,
            dict(self.environment, PATH=path, PS1="ready> ", ZDOTDIR=home, LOOPTOP_STATE_DIR=self.fleet.operator))
        self.addCleanup(terminal.close)
        terminal.wait_for("ready>")
        terminal.type(f"{load}; echo load''ed\r")
        terminal.wait_for(r"(?m)^loaded")
        for typed, whole in [
            ("looptop resta", "looptop restart"), ("looptop doctor --no-c", "looptop doctor --no-connect"),
            ("looptop ls --output ya", "looptop ls --output yaml"),
            ("looptop ls --context st", "looptop ls --context staging"),
            ("looptop ls --host ed", "looptop ls --host edge-1"),
        ]:
            terminal.type(typed + "\t")
            terminal.wait_for(rf"(?m)ready> {whole}\s*$")
            terminal.type("\x15")  # the line is taken back; a signal could end what still completes, and the prompt with it
            terminal.wait_for(r"(?m)ready>\s*$")

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes_commands_options_and_names(self):
        # Its function has the name of its file.
        os.rename(self.script("looptop", "zsh"), self.fleet.path("_looptop"))
        folder = self.fleet.directory
        self.complete_by_key(
            ["zsh", "-f", "-i"], f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -d {folder}/dump")

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes_commands_options_and_names(self):
        prompt = "function fish_prompt; echo 'ready> '; end; function fish_greeting; end"
        self.complete_by_key(
            ["fish", "--no-config", "-i", "-C", prompt], f"source {self.script('looptop', 'fish')}")

    def test_another_shell_is_refused(self):
        done = subprocess.run([LOOPTOP, "completions", "tcsh"], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 64)
