"""A roll over eight workers whose new code crashes at boot stops after one, with the rest untouched; with the code mended
`resume` completes it. The master is a Node cluster, which reads its code at each fork."""
import os
import shutil

from commands import RESTART, RESUME, ROLL, ROLL_STATES, Session
from other_masters import NodeCluster
from world import APPS, World, identities, wait_for_port, wait_until


class Eight(NodeCluster):
    def start(self, world):
        self.cwd = world.directory(self.name)
        shutil.copy(os.path.join(APPS, "cluster.js"), self.cwd)
        self.code = world.write(os.path.join(self.cwd, "code.js"), "'use strict';\n")
        self.process = world.start(
            ["node", "cluster.js"], self.cwd,
            {"PORT": str(self.port), "REFORK": "1", "WORKERS": "8", "CODE": self.code})
        wait_for_port(world, self.process, self.port)
        self.wait_for(8)


def main(short):
    checks = []

    def check(what, right, detail=""):
        checks.append(bool(right))
        print(f"{'ok   ' if right else 'WRONG'} {what} {detail}", flush=True)

    with World() as world:
        master = Eight("desk", 8301, True)
        if master.missing():
            print(f"skipped: {master.missing()}")
            return 0, 0
        master.start(world)
        agent = world.agent()
        session = Session(agent.socket)

        def known():
            group, workers = session.group(master=master.process.pid)
            return group and len(workers) == 8 and group["expected"] == 8 and (group, workers)
        group, workers = wait_until(known, 30, "eight workers in the agent's snapshot")
        tried = session.ask(RESTART, session.worker_target(workers[0]), warned=True, stable=0.5)
        check("one restart, so that the roll is offered", tried["verdict"] == "replaced", tried["verdict"])
        group, workers = wait_until(known, 30, "eight workers again")

        before = identities(master.workers())
        world.write(master.code, "throw new Error('new code');\n")
        outcome = session.ask(ROLL, session.group_target(group))
        left = before & identities(master.workers())
        check("the roll with broken code fails", outcome.get("state") == "failed",
              f"{outcome['verdict']} {outcome.get('state')}: {outcome.get('reason')}")
        check("it stopped after one, the rest untouched", len(left) == 7, f"{len(left)} of 8 are the old ones")
        oldest = {identity[0] for identity in sorted(before, key=lambda one: (one[1], one[0]))[:1]}
        check("and the one was the oldest", {pid for pid, _ in before - left} == oldest, f"{before - left}")
        id = bytes(outcome["id"])

        def shown():
            roll = session.group(master=master.process.pid)[0]["roll"]
            return roll and bytes(roll["id"]) == id and ROLL_STATES[roll["state"]] == "failed"
        check("every dashboard's snapshot shows it", wait_until(shown, 10, "the failed roll in a snapshot"))

        world.write(master.code, "'use strict';\n")
        session.close()
        wait_until(lambda: len(master.workers()) == 8, 20, "eight workers with the mended code")
        session = Session(agent.socket)
        check("mended code alone touches nobody else", left <= identities(master.workers()))
        outcome = session.ask(RESUME, session.group_target(group), subject=id)
        check("resume finishes it", outcome.get("state") == "finished",
              f"{outcome['verdict']} {outcome.get('state')} {outcome.get('reason')}")
        wait_until(lambda: len(master.workers()) == 8, 20, "eight workers in the end")
        old = before & identities(master.workers())
        check("all eight are new", not old, f"{len(old)} old ones left")
        session.close()
    return sum(checks), len(checks) - sum(checks)
