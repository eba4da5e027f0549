"""Every group, role, slot and port as it is, and no group that is none: by `looptop-agent discover` and by a running agent."""
import json
import subprocess
import time

from commands import Session
from masters import all_masters, short_masters
from world import AGENT, LOOPTOP, World, wait_until

# What the bench's client does not know: the words of the wire's numbers.
KINDS = ["single", "prefork", "node cluster", "gunicorn", "nginx", "pm2", "strong-supervisor", "uvicorn", "puma", "unicorn",
         "php-fpm", "uwsgi", "celery", "sidekiq", "passenger", "postgres", "redis", "managed", "alike"]
MANAGERS = [None, "systemd", "supervisord", "pm2", "circus", "process-compose", "docker", "containerd", "podman",
            "kubernetes", "strong-supervisor", "passenger"]


def discovered():
    """Groups as `looptop-agent discover` prints them."""
    done = subprocess.run([AGENT, "discover", "--json"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr}"
    found = json.loads(done.stdout)
    assert found["schema"] == "looptop-agent/discover/v1", found["schema"]
    return found["groups"]


def watched(session):
    """Groups of a live agent's snapshot, in the same shape."""
    snapshot = session.snapshot()
    word = lambda manager: manager and {"kind": MANAGERS[manager[0]], "name": manager[1]}
    return [{
        "key": group["key"], "app": group["app"], "kind": KINDS[group["kind"]], "ports": group["ports"],
        "manager": word(group["manager"]), "expected": group["expected"], "orphan": group["orphan"],
        "master": group["master"] and {"pid": group["master"][0]},
        "workers": [{
            "pid": worker["pid"], "slot": worker["slot"], "manager": word(worker["manager"]),
            "folded": [{"pid": one[0], "role": one[2], "title": one[3]} for one in worker["folded"]],
        } for worker in snapshot["workers"] if worker["group"] == group["key"]],
    } for group in snapshot["groups"]]


def faults(expected, group, live):
    """What of a group is not as it should be."""
    pids = set(expected.workers())
    found = {worker["pid"] for worker in group["workers"]}
    if found != pids:
        yield f"workers {sorted(found)} instead of {sorted(pids)}"
    if group["app"] != expected.app:
        yield f"app {group['app']!r} instead of {expected.app!r}"
    if group["kind"] != expected.kind:
        yield f"kind {group['kind']!r} instead of {expected.kind!r}"
    if group["ports"] != sorted(expected.ports):
        yield f"ports {group['ports']} instead of {sorted(expected.ports)}"
    master = (group["master"] or {}).get("pid")
    wanted = expected.master and expected.master()
    if master != wanted:
        yield f"master {master} instead of {wanted}"
    managers = {(one or {}).get("kind") for one in [group["manager"], *(worker["manager"] for worker in group["workers"])]}
    if managers - {None} != ({expected.manager} if expected.manager else set()):
        yield f"managers {managers - {None}} instead of {expected.manager}"
    if group["orphan"]:
        yield f"an orphan: {group['orphan']}"
    slots = {worker["pid"]: worker["slot"] for worker in group["workers"]}
    if expected.slots:
        published = expected.slots()
        if any(slots.get(pid) != slot for pid, slot in published.items()):
            yield f"slots {slots} instead of {published}"
    elif live and sorted(slots.values()) != list(range(1, len(slots) + 1)):
        yield f"slots {sorted(slots.values())}"
    size = None if expected.varies else len(pids)
    if live and group["expected"] != size:
        yield f"expected size {group['expected']} instead of {size}"
    titles = [one["title"] for worker in group["workers"] for one in worker["folded"] if one["role"] in (1, "wrapper")]
    if titles != expected.folded:
        yield f"wrappers {titles} instead of {expected.folded}"


def judge(wanted, groups, live):
    """[(master's name, expected group, found or None, faults)], and the groups that are none."""
    rows, rest = [], list(groups)
    for name, expected in wanted:
        pids = set(expected.workers())
        best = max(rest, key=lambda group: len(pids & {worker["pid"] for worker in group["workers"]}), default=None)
        if best is None or not pids & {worker["pid"] for worker in best["workers"]}:
            rows.append((name, expected, None, ["not found"]))
            continue
        rest.remove(best)
        rows.append((name, expected, best, list(faults(expected, best, live))))
    return rows, rest


def wanted_of(masters):
    return [(master.name, group) for master in masters for group in master.groups()]


def report(heading, rows, rest):
    """The table; returns (passed, failed)."""
    print(f"\n{heading}\n{'app':<14}{'expected':<38}{'found':<38}ok")
    for name, expected, group, wrong in rows:
        line = f"{expected.kind}, {len(expected.workers())} of {expected.app}, {','.join(map(str, expected.ports)) or '-'}"
        seen = "-" if group is None else (
            f"{group['kind']}, {len(group['workers'])} of {group['app']}, {','.join(map(str, group['ports'])) or '-'}")
        print(f"{name:<14}{line:<38}{seen:<38}{'ok' if not wrong else 'WRONG: ' + '; '.join(wrong)}")
    for group in rest:
        print(f"{'-':<14}{'no group':<38}{group['kind']}, {[worker['pid'] for worker in group['workers']]} of "
              f"{group['app']}: {group.get('why')}  WRONG")
    failed = sum(1 for row in rows if row[3]) + len(rest)
    return len(rows) - sum(1 for row in rows if row[3]), failed


def start_all(world, masters):
    """Those that run here; prints why others do not."""
    running = []
    for master in masters:
        why = master.missing()
        if why:
            print(f"skipped: {master.name} ({type(master).__name__}): {why}")
            continue
        try:
            master.start(world)
            running.append(master)
        except AssertionError as error:
            print(f"skipped: {master.name} ({type(master).__name__}) does not start here: {error}")
    return running


def main(short):
    with World() as world:
        decoys = world.decoys(60 if short else 300)
        masters = start_all(world, short_masters() if short else all_masters())
        wanted = wanted_of(masters)
        begin = time.monotonic()
        rows, rest = judge(wanted, discovered(), live=False)
        passed, failed = report(f"looptop-agent discover, {time.monotonic() - begin:.1f} s", rows, rest)

        agent = world.agent()
        session = Session(agent.socket)
        outcome = {}

        def settled():
            outcome["rows"], outcome["rest"] = judge(wanted, watched(session), live=True)
            return not outcome["rest"] and not any(row[3] for row in outcome["rows"])
        try:
            wait_until(settled, 30, "all groups right")
        except AssertionError:
            pass  # the table says what is wrong
        more = report("a running agent", outcome["rows"], outcome["rest"])
        passed, failed = passed + more[0], failed + more[1]
        listed = subprocess.run(
            [LOOPTOP, "ls", "workers", "-o", "json", "--socket", agent.socket, "--state-dir", "/srv/operator"],
            capture_output=True, text=True, timeout=60)
        pids = {pid for _, group in wanted for pid in group.workers()}
        try:
            seen = {row["pid"] for row in rows_of(json.loads(listed.stdout))}
        except (ValueError, KeyError) as error:
            seen = set()
            print(f"looptop ls: {error!r}: {listed.stdout[:300]} {listed.stderr[:300]}")
        same = seen == pids
        print(f"\nlooptop ls workers: {len(seen)} workers, "
              f"{'ok' if same else f'WRONG: missing {sorted(pids - seen)}, too many {sorted(seen - pids)}'}")
        dead = [decoy.pid for decoy in decoys if decoy.poll() is not None]
        if dead:
            print(f"WRONG: decoys ended: {dead}")
        session.close()
        return passed + same + (not dead), failed + (not same) + bool(dead)


def rows_of(document):
    return document if isinstance(document, list) else document["workers"]
