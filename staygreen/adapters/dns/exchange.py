"""One pass over streams of questions: bytes out, bytes in, nothing blocks.

Each stream has its list's budget and goes its list's way; the loop fills what budgets and servers
leave room for, reads what has come, and repeats what was lost. Answers that are not in a common
shape are decoded by dnspython, and those that did not fit are asked for again over TCP, by threads.
Whatever answers no question of ours is ignored and counted.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from staygreen.adapters.dns.fallback import Truncated, Unusual
from staygreen.adapters.dns.in_flight import Burst, Flight, Lane, Place, Port, Sent
from staygreen.adapters.dns.sockets import Ports
from staygreen.core.dns import wire
from staygreen.core.dns.message import Question, Rcode, Reply
from staygreen.core.dns.rate_limit import Budget
from staygreen.core.dns.route import Route

_TICKS = 100
"""Time-outs are looked at in hundredths of a second."""
_TURN = 64
"""Questions that go out, and datagrams that are read from a socket, before the other side's turn."""
_LONGEST_SLEEP = 0.1
_LARGEST_DATAGRAM = 4096
_REST = 0.05
"""Where a pace is spent, the next questions go together after this time: to wake for each costs more than to ask."""
_NAP = 0.018
"""While questions wait for their time, answers wait so long to be read together, which counts as time that they took.
Shorter than what is far."""


@dataclass(slots=True)
class Tally:
    """What a lookup did so far."""

    sent: int = 0
    """Datagrams, repetitions included."""
    repeated: int = 0
    lost: int = 0
    """Questions that stayed without an answer."""
    unusual: int = 0
    """Answers that dnspython decoded."""
    over_tcp: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    """What was not believed: no_such_id, not_our_question, unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a pass works with; all of it outlives the pass."""

    place: Callable[[Route], Place]
    budget: Callable[[Route], Budget]
    tries: int
    timeout: float
    ends_at: Callable[[], float]
    """When to stop, on the clock of `time.monotonic`; asked again and again."""
    tally: Tally


class Exchange:
    """Streams in, replies out, once."""

    def __init__(self, streams: Iterable[Iterable[Question | None]], means: Means) -> None:
        self._lanes = deque(Lane(stream) for stream in streams)
        self._means = means
        self._tally = means.tally
        self._ports = Ports()
        self._unusual = Unusual(means.timeout)
        self._wheel: dict[int, list[Flight | Burst]] = {}
        self._tick = 0
        self._ready: list[Reply] = []
        self._in_flight = 0
        self._has_done = False

    def replies(self) -> Iterator[Reply]:
        """One for each question."""
        try:
            now = time.monotonic()
            self._tick = int(now * _TICKS)
            self._ports.watch(self._unusual.fd)
            while True:
                pause = self._fill(now)
                if self._ready:
                    yield from self._hand_over()
                elif not self._in_flight and pause is None:
                    return
                ports = self._ports.readable(self._sleep(pause))
                now = time.monotonic()
                self._take_what_came(ports, now)
                if now >= self._means.ends_at():
                    yield from self._end(now)
                    return
                self._expire(now)
                if self._ready:
                    yield from self._hand_over()
                    now = time.monotonic()
        finally:
            # whoever stopped taking replies gives back what budgets and servers hold for them
            for flight in self._unfinished():
                self._finish(flight, Rcode.TIMEOUT, 0.0)
            self._unusual.close()
            self._ports.close()

    def _take_what_came(self, ports: Iterable[Port], now: float) -> None:
        for port in ports:
            self._drain(port, now)
        for flight, reply in self._unusual.finished():
            self._decoded(flight, reply, now)

    def _sleep(self, pause: float | None) -> float:
        """Seconds to wait for answers: until a pause, a time-out or the end is over."""
        if pause == 0.0:
            return 0.0
        if pause is not None:
            time.sleep(min(pause, _NAP))
            pause = max(0.0, pause - _NAP)
        now = time.monotonic()
        until = min(now + _LONGEST_SLEEP, self._means.ends_at())
        if pause is not None:
            until = min(until, now + pause)
        if self._wheel:
            until = min(until, min(self._wheel) / _TICKS)
        return max(0.0, until - now)

    def _hand_over(self) -> Iterator[Reply]:
        # whoever takes a reply may have more to ask because of it, so the list may not grow meanwhile
        ready, self._ready = self._ready, []
        return iter(ready)

    # --- out --------------------------------------------------------------------------------------------------------

    def _fill(self, now: float) -> float | None:
        """Send what may go now. Gives the seconds until more may go; None when nothing waits for time."""
        pause: float | None = None
        sent = 0
        lanes = self._lanes
        for _ in range(len(lanes)):
            lane = lanes[0]
            lanes.rotate(-1)
            until = max(lane.rests_until, lane.place.rests_until)
            if until > now:
                delay: float | None = until - now
            else:
                many, delay = self._fill_from(lane, now, _TURN - sent)
                sent += many
            if delay is not None:
                pause = delay if pause is None else min(pause, delay)
            if sent >= _TURN:
                pause = 0.0
                break
        if self._has_done:
            self._lanes = deque(lane for lane in lanes if not lane.is_done)
            self._has_done = False
        if not self._in_flight and pause is None and not self._ready:
            # those that wait although nothing of theirs is on its way have come to their end
            self._lanes.clear()
        return pause

    def _fill_from(self, lane: Lane, now: float, most: int) -> tuple[int, float | None]:
        """Send up to so many of one lane: how many went, and the seconds until more of it may go, as `_fill`."""
        sent = 0
        while sent < most:
            budget, place = lane.budget, lane.place
            if budget.in_flight >= budget.window or place.in_flight >= place.window:
                break
            if many := self._send_many(lane, now, most - sent):
                sent += many
                continue
            if lane.head is None and not self._draw(lane, now):
                break
            delay = self._send_next(lane, now)
            if delay is not None:
                return sent, delay or None
            sent += 1
        return sent, None

    def _draw(self, lane: Lane, now: float) -> bool:
        """Take the stream's next question, if it has one now that can be sent."""
        while not (lane.is_done or lane.is_waiting):
            question = next(lane.questions, _END)
            if question is _END:
                lane.is_done = self._has_done = True
            elif question is None:
                # a reply that is about to be handed over may be what it waits for
                lane.is_waiting = not self._ready
                return False
            else:
                if question.route is not lane.route:
                    self._settle(lane, question.route)
                lane.head = question
                return True
        return False

    def _settle(self, lane: Lane, route: Route) -> None:
        lane.route = route
        lane.zone = wire.Zone(route.zone)
        lane.budget = self._means.budget(route)
        lane.place = self._means.place(route)

    def _send_many(self, lane: Lane, now: float, most: int) -> int:
        """Send at once what is in no way special, through one socket; gives how many.

        Where it stops, `_send_next` goes on: only there are questions waited for, refused and malformed.
        """
        budget, place = lane.budget, lane.place
        if lane.head is not None or lane.is_done or lane.is_waiting or not place.servers or not lane.zone.ending:
            return 0
        most = min(most, budget.room(now), place.room(now))
        if most < 1:
            return 0
        server = place.next_server()
        try:
            port = self._ports.port(place.servers[server])
        except OSError:
            return 0
        burst = Burst(lane, port, server, now, int((now + budget.wait(0)) * _TICKS) + 1)
        route, ending, header = lane.route, lane.zone.ending, place.header
        send, asked = port.send, port.sent
        sent = 0
        try:
            # Written out, without a call that can be spared: half of what a sweep costs is spent here.
            for ident, question in zip(port.fresh_ids(most), lane.questions, strict=False):
                if question is None:
                    lane.is_waiting = not self._ready
                    break
                section = question.labels + ending
                if not question.labels or question.route is not route or len(section) > wire.LONGEST_SECTION:
                    if question.route is not route:
                        self._settle(lane, question.route)
                    lane.head = question
                    break
                try:
                    send(ident + header + section)
                except OSError:
                    # what the kernel reports is about an earlier one; this one was not sent
                    self._tally.ignored["unreachable"] += 1
                    lane.head = question
                    break
                asked[ident] = question, section, burst
                sent += 1
        finally:
            if sent:
                self._bring_back(burst, burst.due)
                self._count(port, budget, place, sent, now)
        return sent

    def _count(self, port: Port, budget: Budget, place: Place, sent: int, now: float) -> None:
        """So many questions went out for the first time."""
        port.left -= sent
        budget.in_flight += sent
        place.in_flight += sent
        self._in_flight += sent
        self._tally.sent += sent
        budget.sent(now, sent)
        if place.pace is not None:
            place.pace.take(now, sent)

    def _send_next(self, lane: Lane, now: float) -> float | None:
        """Send the lane's next question. None: it is on its way, or answered already; else when to try again.

        0 stands for when an answer has come.
        """
        budget, place, question = lane.budget, lane.place, lane.head
        if question is None:
            return 0.0
        if budget.in_flight >= budget.window or place.in_flight >= place.window:
            # drawn just now, and its way is another than the one before's
            return 0.0
        if (delay := self._rest(lane, now)) > 0:
            return delay
        lane.head = None
        if budget.is_spent:
            self._ready.append(Reply(question=question, rcode=Rcode.NOT_ASKED))
            return None
        try:
            section = lane.zone.question(question.name, question.rtype)
        except ValueError:
            self._ready.append(Reply(question=question, rcode=Rcode.MALFORMED))
            return None
        flight = Flight(question, section, lane, now, place.next_server())
        budget.in_flight += 1
        place.in_flight += 1
        self._in_flight += 1
        self._send(flight, now)
        return None

    @staticmethod
    def _rest(lane: Lane, now: float) -> float:
        """Seconds until the servers, and the lane's list, may be asked again: 0 when they may be now."""
        place = lane.place
        if place.pace is not None and (delay := place.pace.delay(now)) > 0:
            place.rests_until = now + max(delay, _REST)
            return place.rests_until - now
        if (delay := lane.budget.delay(now)) > 0:
            lane.rests_until = now + max(delay, _REST)
            return lane.rests_until - now
        return 0.0

    def _send(self, flight: Flight, now: float) -> None:
        """Put the question to its server, once more; whatever happens, the wheel brings it back."""
        place, budget = flight.place, flight.budget
        wait = budget.wait(flight.tries)
        flight.sent_at = now
        try:
            port = self._ports.port(place.servers[flight.server])
            ident = port.fresh_id()
            packet = ident + place.header + flight.section
            try:
                port.send(packet)
            except ConnectionRefusedError:
                # what the kernel reports is about an earlier one; this one was not sent
                self._tally.ignored["unreachable"] += 1
                port.send(packet)
            port.flights[ident] = flight
            port.left -= 1
            flight.places.append((port, ident))
            self._tally.sent += 1
        except IndexError:
            wait = 0.0
        except OSError:
            self._tally.ignored["unreachable"] += 1
            wait = min(wait, 1 / _TICKS)
        budget.sent(now)
        if place.pace is not None:
            place.pace.take(now)
        flight.tries += 1
        self._bring_back(flight, int((now + wait) * _TICKS) + 1)

    def _bring_back(self, late: Flight | Burst, due: int) -> None:
        late.due = due
        self._wheel.setdefault(due, []).append(late)

    # --- in ---------------------------------------------------------------------------------------------------------

    def _drain(self, port: Port, now: float) -> None:
        recv, asked, ready = port.recv, port.sent, self._ready.append
        last: Burst | None = None
        count = 0
        # Written out, without a call that can be spared: this runs once for each answer of a sweep.
        for _ in range(_TURN):
            try:
                message = recv(_LARGEST_DATAGRAM)
            except BlockingIOError:
                break
            except OSError:
                self._tally.ignored["unreachable"] += 1
                continue
            ident = message[:2]
            found = asked.get(ident)
            if found is None:
                self._take(port, ident, message, now)
                continue
            question, section, burst = found
            plain = burst.zone.read(message, section)
            if plain is None or plain[0] is Rcode.REFUSED:
                flight = self._parted(ident, found)
                self._bring_back(flight, burst.due)
                self._take(port, ident, message, now)
                continue
            if burst is not last:
                if last is not None:
                    self._answered(last, count, now)
                last, count, elapsed = burst, 0, timedelta(seconds=now - burst.sent_at)
            count += 1
            del asked[ident]
            rcode, values, owner = plain
            ready(Reply(question, rcode, values, "", owner, elapsed))
            if not asked and not port.flights:
                break
        if last is not None:
            self._answered(last, count, now)

    def _answered(self, burst: Burst, count: int, now: float) -> None:
        """So many questions of a burst were answered."""
        budget, place = burst.budget, burst.place
        budget.in_flight -= count
        place.in_flight -= count
        self._in_flight -= count
        budget.answered(now - burst.sent_at, now, count)
        place.answered(now - burst.sent_at, count)
        burst.lane.is_waiting = False

    def _parted(self, ident: bytes, sent: Sent) -> Flight:
        """A question that parts from its burst."""
        question, section, burst = sent
        del burst.port.sent[ident]
        flight = Flight(question, section, burst.lane, burst.sent_at, burst.server)
        flight.budget, flight.place = burst.budget, burst.place
        flight.tries = 1
        flight.places.append((burst.port, ident))
        burst.port.flights[ident] = flight
        return flight

    def _take(self, port: Port, ident: bytes, message: bytes, now: float) -> None:
        """What came for a question, if it is an answer to it."""
        flight = port.flights.get(ident)
        if flight is None:
            self._tally.ignored["no_such_id"] += 1
        elif (plain := wire.read(message, flight.section)) is not None:
            rcode, values, owner = plain
            reply = Reply(question=flight.question, rcode=rcode, values=values, soa_owner=owner)
            self._decoded(flight, reply, now)
        elif wire.is_reply(message, flight.section):
            self._odd(port, flight, message, now)
        else:
            self._tally.ignored["not_our_question"] += 1

    def _finish(self, flight: Flight, rcode: Rcode, now: float) -> None:
        """A question is answered, or given up."""
        lane = flight.lane
        if lane is None:
            return
        flight.lane = None
        for port, ident in flight.places:
            port.flights.pop(ident, None)
        flight.places = []
        lane.is_waiting = False
        budget, place = flight.budget, flight.place
        budget.in_flight -= 1
        place.in_flight -= 1
        self._in_flight -= 1
        if rcode is Rcode.REFUSED:
            budget.refused(now)
        elif rcode not in (Rcode.TIMEOUT, Rcode.NOT_ASKED):
            took = now - flight.sent_at
            # an answer after a repetition may be the first one's (RFC 6298 §3: Karn's algorithm)
            if flight.tries == 1:
                budget.answered(took, now)
                place.answered(took)

    def _odd(self, port: Port, flight: Flight, message: bytes, now: float) -> None:
        """An answer of ours that needs a whole decoder, or TCP."""
        self._tally.unusual += 1
        answer = self._unusual.decode(flight.question, message)
        if not isinstance(answer, Truncated):
            self._decoded(flight, answer, now)
            return
        self._tally.over_tcp += 1
        # no repetition meanwhile: TCP has its own time-out
        flight.due = -1
        for used, ident in flight.places:
            used.flights.pop(ident, None)
        flight.places = []
        self._unusual.ask_again(flight, port.server)

    def _decoded(self, flight: Flight, answer: Reply, now: float) -> None:
        self._ready.append(replace(answer, elapsed=timedelta(seconds=now - flight.first_at)))
        self._finish(flight, answer.rcode, now)

    # --- time -------------------------------------------------------------------------------------------------------

    def _expire(self, now: float) -> None:
        """Repeat what was lost; give up what was repeated often enough."""
        tick = int(now * _TICKS)
        while self._tick <= tick:
            for late in self._wheel.pop(self._tick, ()):
                if isinstance(late, Burst):
                    for flight in self._unanswered(late):
                        self._late(flight, now)
                elif late.lane is not None and late.due == self._tick:
                    self._late(late, now)
            self._tick += 1

    def _unanswered(self, burst: Burst) -> list[Flight]:
        """The questions of a burst that wait for an answer, each by itself from now on."""
        left = [(ident, sent) for ident, sent in burst.port.sent.items() if sent[2] is burst]
        return [self._parted(ident, sent) for ident, sent in left]

    def _late(self, flight: Flight, now: float) -> None:
        budget, place = flight.budget, flight.place
        budget.lost(now)
        if budget.answered_at > flight.sent_at:
            # its list answers others: it was lost on the way there or back
            place.lost(now, budget.wait(0))
        if flight.tries >= self._means.tries or not place.servers or budget.is_spent:
            self._give_up(flight, now)
            return
        delay = 0.0 if place.pace is None else place.pace.delay(now)
        if delay > 0:
            self._bring_back(flight, max(int((now + delay) * _TICKS), self._tick) + 1)
            return
        self._tally.repeated += 1
        flight.server = (flight.server + 1) % len(place.servers)
        self._send(flight, now)

    def _give_up(self, flight: Flight, now: float, rcode: Rcode = Rcode.TIMEOUT) -> None:
        self._tally.lost += rcode is Rcode.TIMEOUT
        elapsed = timedelta(seconds=now - flight.first_at)
        self._ready.append(Reply(question=flight.question, rcode=rcode, elapsed=elapsed))
        self._finish(flight, rcode, now)

    def _end(self, now: float) -> Iterator[Reply]:
        """The time is over: what was not answered yet counts as not asked; nobody is to blame for it."""
        waiting = self._unfinished()
        for flight in waiting:
            self._give_up(flight, now, Rcode.NOT_ASKED)
        yield from self._hand_over()
        for lane in self._lanes:
            if lane.head is not None:
                yield Reply(question=lane.head, rcode=Rcode.NOT_ASKED)
            for question in lane.questions:
                if question is None:
                    break
                yield Reply(question=question, rcode=Rcode.NOT_ASKED)

    def _unfinished(self) -> list[Flight]:
        flights = list(self._unusual.pending())
        for late in (late for bucket in self._wheel.values() for late in bucket):
            flights += self._unanswered(late) if isinstance(late, Burst) else (late,)
        return list({id(flight): flight for flight in flights if flight.lane is not None}.values())


_END = Question("")
