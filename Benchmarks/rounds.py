"""Windows in which programs are measured, from the end of a sweep to the end of a later one."""
import select
import time

TICK_SECONDS = 0.02
# Beyond a window, for programs that do not keep up.
PATIENCE = 8.0


class Reading:
    """Reads what all of them put out, as a terminal or a scraper that is always there would."""

    def __init__(self):
        self.contenders, self.ended = [], set()

    def add(self, contender):
        self.contenders.append(contender)

    def remove(self, contender):
        self.contenders.remove(contender)

    def step(self):
        by_fd = {each.fd: each for each in self.contenders if each.fd is not None and each not in self.ended}
        ready = select.poll()
        for fd in by_fd:
            ready.register(fd, select.POLLIN)
        for fd, _ in ready.poll(TICK_SECONDS * 1000):
            if not by_fd[fd].take(time.monotonic()):
                self.ended.add(by_fd[fd])
        for each in self.contenders:
            if hasattr(each, "keep_alive"):
                each.keep_alive()

    def until(self, condition, seconds):
        """Whether it came true in time."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            self.step()
        return True

    def rest(self, seconds):
        self.until(lambda: False, seconds)


class Mark:
    def __init__(self, contender):
        self.cpu, self.sweeps, self.bytes = contender.cpu_ns(), contender.sweeps, contender.bytes
        self.at = time.monotonic()


class Window:
    """Of one program. Its first sweeps after a pause are not measured."""

    def __init__(self, contender, seconds):
        self.contender, self.seconds = contender, seconds
        self.begin, self.end = None, None
        # Beyond this many there is a new one.
        self.before = contender.sweeps + (contender.first_sweeps - 1 if contender.was_stopped else 0)

    def look(self):
        contender, now = self.contender, time.monotonic()
        if self.end or contender.sweeps <= self.before or not contender.is_quiet(now):
            return
        # The end of a sweep, and once only: what is between sweeps counts, too.
        self.before = contender.sweeps
        if self.begin is None:
            self.begin = Mark(contender)
        elif now >= self.begin.at + self.seconds - contender.period / 2:
            self.end = Mark(contender)

    def close(self):
        """One that was not quiet in time is cut where it is."""
        if self.begin and not self.end and self.contender.sweeps > self.begin.sweeps:
            self.end = Mark(self.contender)

    def sample(self, number):
        """`None`: it did no sweep."""
        if not self.end:
            return None
        sweeps, seconds = self.end.sweeps - self.begin.sweeps, self.end.at - self.begin.at
        return {
            "window": number, "cpu_us": (self.end.cpu - self.begin.cpu) / sweeps / 1e3, "sweeps": sweeps,
            "seconds": seconds, "bytes": self.end.bytes - self.begin.bytes}


class Rounds:
    """The windows of one fleet, numbered; those of one window ran at the same time."""

    def __init__(self, reading):
        self.reading, self.number, self.samples, self.silent = reading, 0, {}, {}

    def measure(self, contenders, seconds, patience=PATIENCE):
        for each in contenders:
            each.pause(False)
        windows = [Window(each, seconds) for each in contenders]
        asked = [each for each in contenders if hasattr(each, "ask_for")]
        for each in asked:
            each.ask_for(seconds + 2)

        def all_done():
            for window in windows:
                window.look()
            return all(window.end for window in windows)

        self.reading.until(all_done, seconds + patience)
        self.reading.until(lambda: not any(each.is_asked() for each in asked), patience * 4)
        for window in windows:
            window.close()
            sample = window.sample(self.number)
            if sample:
                self.samples.setdefault(window.contender.name, []).append(sample)
            else:
                self.silent[window.contender.name] = "did no sweep"
        self.number += 1
