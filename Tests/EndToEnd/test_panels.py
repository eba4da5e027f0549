"""A host's agent, the heat map and the comparison of workers: real agents, real workers, a large terminal."""
import unittest

from two_hosts import TwoHosts, WORKERS


class Panels(TwoHosts):
    def test_an_agent_tells_what_it_costs(self):
        terminal = self.dashboard(24, 80)
        terminal.type(":agent beta\r")
        terminal.wait_for("beta > agent")
        # Only an agent of this version says these two.
        terminal.wait_for(r"runs since \d\d:\d\d:\d\dZ, \d+s")
        terminal.wait_for(r"sweep +[\d.]+m?s of every 1\.0s")
        terminal.wait_for(r"cpu .*[\d.]+% of a core, for 3 workers")
        terminal.wait_for(r"jitter .*now [\d.]+ms")
        terminal.wait_for(r"missed +\d+ sweeps")
        terminal.type("b")
        terminal.wait_for("rows 1-2/2")
        terminal.type("\rd")
        terminal.wait_for(r"(alpha|beta) > agent")

    def test_the_heat_map_has_a_cell_for_each_host_and_a_letter_for_one_that_is_down(self):
        terminal = self.dashboard(60, 200)
        terminal.wait_for("heat map: lag p99, one cell a host")
        terminal.wait_for(r"(?m)^alpha {9}\S")
        # Its cursor is that of the list.
        for key, host in [("\x1bOD", "alpha"), ("\x1bOC", "beta"), ("\x1bOD", "alpha")]:
            terminal.type(key)
            terminal.wait_for(rf"(?m)^heat map.* > {host} ")
            terminal.wait_for(rf"(?m)^>.{{2}}{host}")
        for word in ["CPU", "memory used"]:
            terminal.type("v")
            terminal.wait_for(f"heat map: {word}")
        terminal.type("v")
        terminal.wait_for(lambda t: "heat map:" not in t.text, what="no map")
        terminal.type("v")
        terminal.wait_for("heat map: lag p99")
        self.agents["beta"].kill()
        terminal.wait_for(r"(?m)^beta {10}[SD]")

    def test_marked_workers_of_two_hosts_are_on_one_chart(self):
        terminal = self.dashboard(40, 120)
        terminal.type("3")
        terminal.wait_for(rf"rows 1-{2 * WORKERS}/{2 * WORKERS}")
        terminal.type("C")
        terminal.wait_for("mark two to 6 workers")
        terminal.type(":mark slot=1\r")
        terminal.wait_for("marked 2")
        terminal.type("C")
        terminal.wait_for("Fleet > compare 2 workers")
        for letter in "ab":
            terminal.wait_for(rf"(?m)^{letter} (alpha/ingest|beta/render)#1 +\d+ ")
        # Both loops hardly lag: the letters are on the chart, or a + where they are the same.
        terminal.wait_for(r"│ *[ab+]")
        terminal.type("vvv")
        terminal.wait_for("resident memory")
        terminal.type("b")
        terminal.wait_for("marked 2")


if __name__ == "__main__":
    unittest.main()
