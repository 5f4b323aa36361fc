"""Determinations go in the order in which they came, and a worker leaves connections to those that have fewer."""

import errno
import threading
import time

import pytest

from api.turns import Turns
from api.worker import Connections, EvenWorker
from tests.running import until


class Crowd:
    """Come to turns one after another; remember who began and who ended, in order."""

    def __init__(self, turns):
        self.turns, self.began, self.ended, self.threads = turns, [], [], []

    def come(self, name, until=None):
        thread = threading.Thread(target=self._hold, args=(name, until or threading.Event()))
        before = len(self.turns._waiting) + len(self.began)
        self.threads.append(thread)
        thread.start()
        _soon(lambda: len(self.turns._waiting) + len(self.began) > before)

    def _hold(self, name, until):
        with self.turns.one():
            self.began.append(name)
            until.wait(30 if name == "long" else 0.001)
            self.ended.append(name)

    def end(self):
        for thread in self.threads:
            thread.join(30)


def _soon(true):
    until(true, 20)


def test_first_come_first_served():
    crowd, go = Crowd(Turns(patience=30)), threading.Event()
    crowd.come("long", go)
    for number in range(20):
        crowd.come(number)
    assert crowd.began == ["long"]
    go.set()
    crowd.end()
    assert crowd.began == crowd.ended == ["long", *range(20)]


def test_who_takes_long_does_not_hold_up_the_others():
    crowd, go = Crowd(Turns(patience=0.05)), threading.Event()
    crowd.come("long", go)
    for number in range(10):
        crowd.come(number)
    _soon(lambda: len(crowd.ended) == 10)
    assert crowd.began == ["long", *range(10)]
    go.set()
    crowd.end()
    assert crowd.ended == [*range(10), "long"]
    crowd.come("after")  # and the turn that was lost is not given twice
    crowd.end()
    assert (crowd.turns._free, len(crowd.turns._waiting), crowd.turns._since) == (1, 0, {})


def test_as_many_at_once_as_there_are_turns():
    turns, inside, most = Turns(2, patience=30), [], []

    def hold(number):
        with turns.one():
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.002)
            inside.remove(number)

    threads = [threading.Thread(target=hold, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert max(most) == 2
    assert turns._free == 2


def test_a_turn_is_given_back_after_an_error():
    turns = Turns(patience=30)
    for _ in range(3):
        with pytest.raises(ValueError, match="bad"), turns.one():
            raise ValueError("bad")
    assert turns._free == 1


def test_the_fewest_connections_are_those_of_a_worker_that_lives():
    connections = Connections()
    assert connections.fewest() == 0
    connections.tell(1, 5)
    connections.tell(2, 3)
    assert connections.fewest() == 3
    connections.tell(2, None)
    assert connections.fewest() == 5
    connections.tell(257, 4)  # takes the place of a worker that is long gone
    assert connections.fewest() == 4


class Listener:
    """Have no connection to give, and remember how many connections others had when it was asked."""

    def __init__(self, connections):
        self.connections, self.asked = connections, []

    def accept(self):
        self.asked.append(self.connections.fewest())
        raise BlockingIOError(errno.EAGAIN, "another worker has taken it")


def _worker(age, own, connections):
    worker = EvenWorker.__new__(EvenWorker)
    worker.age, worker.nr_conns, worker.connections = age, own, connections
    worker._tell()
    return worker


def test_a_worker_leaves_a_connection_to_one_that_has_fewer(monkeypatch):
    connections, paused = Connections(), []
    listener, busy = Listener(connections), _worker(1, 4, connections)
    monkeypatch.setattr(time, "sleep", lambda _: (paused.append(1), len(paused) == 3 and connections.tell(2, 4)))
    busy.accept(listener)
    assert (listener.asked, paused) == ([4], [])  # nobody else is there
    connections.tell(2, 3)
    busy.accept(listener)
    assert (listener.asked, len(paused)) == ([4, 4], 3)  # asked once the other had as many
    connections.tell(2, 0)
    busy.accept(listener)
    assert listener.asked == [4, 4, 0]  # the other does not come: it waits no longer
    assert 3 < len(paused) < 50
