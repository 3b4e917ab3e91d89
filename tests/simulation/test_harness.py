"""What makes a verdict of the simulation worth something: it can be repeated, read, cut down, and it notices."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.simulation.__main__ import main
from tests.simulation.boundaries import Killed, Task
from tests.simulation.campaign import judge, look
from tests.simulation.cells import LIE, when_repeated
from tests.simulation.checker import check
from tests.simulation.coverage import missing
from tests.simulation.generate import generate
from tests.simulation.minimise import minimise
from tests.simulation.mutants import BY_NAME, MUTANTS
from tests.simulation.schedule import Blow, Break, Deed, Event, History, Profile, Run, Scene

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
SEEDS = (3, 10)
ESCALATION = {"title": "Phishing wave", "severity": "High", "status": "New", "labels": ["escalation"]}


def elsewhere(hash_seed: str) -> subprocess.Popen[str]:
    """A process of its own, under another order of sets, that prints the traces' hashes."""
    code = (
        "from tests.simulation.campaign import judge; from tests.simulation.generate import generate;"
        f"print([judge(generate(seed))[0].hash for seed in {SEEDS[1:]}])"
    )
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "src", ROOT / "connectors")))
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths}
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.timeout(300)
def test_a_seed_is_one_history_in_every_process() -> None:
    other = elsewhere("1")
    here = str([judge(generate(seed))[0].hash for seed in SEEDS[1:]])
    assert other.communicate()[0].strip() == here


def test_different_seeds_are_different_histories() -> None:
    assert len({judge(generate(seed))[0].hash for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("seed", range(20))
def test_a_history_can_be_written_down_and_read_back(seed: int) -> None:
    history = generate(seed)
    assert History.of_json(history.to_json()) == history


def test_what_is_no_history_is_refused() -> None:
    with pytest.raises(ValueError, match="no history"):
        History.of_json('{"seed": 1}')


def test_a_trace_tells_of_people_calls_and_ends() -> None:
    text = judge(generate(3))[1].text()
    assert "run0         starts" in text
    assert "before send" in text
    assert "ends                 exit 0" in text


def test_a_failing_history_is_cut_down_to_what_it_fails_by() -> None:
    """Whatever fails is kept; nothing else is."""
    history = generate(5)
    deed = next(event for event in history.events if isinstance(event, Deed) and event.do != "create")

    def fails(candidate: History) -> bool:
        return deed in candidate.events

    small = minimise(history, fails)
    assert small.events == (deed,)
    assert small.scene == type(small.scene)()


def test_a_mutant_is_noticed_and_its_history_cut_down() -> None:
    """The whole way: a guard is taken away, a history fails, and what is left of it still does."""
    events = (
        Deed(0, "e0", "sentinel", "automation", "create", fields=ESCALATION),
        Deed(0, "e1", "sentinel", "automation", "create", fields=ESCALATION),
        Run(300, "run0"),
        Run(600, "run1"),
        Deed(700, "d0", "sentinel", "liam.byrne", "edit", "e0", fields={"severity": "Low"}),
        Run(900, "run2"),
    )
    history = History(0, "default", Scene(), events)
    with BY_NAME["severity-may-fall"].patch():
        assert {breach.invariant for breach in judge(history)[0].breaches} == {"I5"}
        small = minimise(history, lambda each: any(row.invariant == "I5" for row in judge(each)[0].breaches))
    made, imported, lowered = small.events
    assert (made.name, type(imported), lowered.name) == ("e0", Run, "d0")
    assert judge(history)[0].breaches == ()


class TestAnEditGivenBack:
    """It may be written over only as long as the table does not show it, or does not answer the run that decides."""

    EVENTS = (
        Deed(0, "e0", "sentinel", "automation", "create", fields=ESCALATION | {"severity": "Medium"}),
        Run(300, "run0"),
        Deed(600, "d0", "sentinel", "liam.byrne", "edit", "e0", fields={"severity": "Low"}),
        Deed(700, "d1", "servicenow", "ava.nguyen", "edit", "e0", fields={"impact": "1", "urgency": "1"}),
        Deed(800, "d2", "sentinel", "liam.byrne", "edit", "e0", fields={"severity": "Medium"}),
    )
    SILENT = (Blow("Log Analytics query", "status 400", times=None),)

    @classmethod
    def broken(cls, *events: Event, lag: float = 0.0) -> set[str]:
        history = History(0, "default", Scene(ingestion_lag=lag), (*cls.EVENTS, *events))
        return {breach.invariant for breach in judge(history)[0].breaches}

    @pytest.mark.parametrize(("lag", "broken"), [(0.0, {"I4"}), (1800.0, set())])
    def test_is_lost_where_it_goes_unnamed_although_the_table_tells(self, lag: float, broken: set[str]) -> None:
        with BY_NAME["no-history-of-touches"].patch():
            assert self.broken(lag=lag) == broken
        assert self.broken(lag=lag) == set()

    def test_is_not_lost_where_the_table_did_not_answer_the_run_that_wrote(self) -> None:
        with BY_NAME["no-history-of-touches"].patch():
            assert self.broken(Run(900, "run1", blows=self.SILENT)) == {"I4"}
        assert self.broken(Run(900, "run1", blows=self.SILENT)) == set()

    def test_is_lost_where_only_another_run_found_the_table_silent(self) -> None:
        """A fault in one run excuses no other."""
        history = History(0, "default", Scene(ingestion_lag=0.0), (*self.EVENTS, Run(900, "run1", blows=self.SILENT)))
        evidence, breaches = look(history)
        silent = next(taken for taken in evidence.taken if taken.unanswered)
        assert (silent.run.name, breaches) == ("run1", ())
        evidence.taken[-1].unanswered, silent.unanswered = silent.unanswered, []
        assert "I4" in {breach.invariant for breach in check(evidence)}


def test_it_is_counted_which_faults_fell_and_what_recovery_did() -> None:
    events = (
        Deed(0, "e0", "sentinel", "automation", "create", fields=ESCALATION),
        Run(60, "import", breaks=(Break(2, "kill", of="writes"),)),
        Run(900, "run1", blows=(Blow("Sentinel feed", "status 503"),)),
    )
    outcome, _ = judge(History(0, "default", Scene(), events))
    assert outcome.breaches == ()
    assert outcome.struck["Sentinel feed", "status 503"] == 1
    assert outcome.taken["recover: the write had happened"] == 1
    cells, branches = missing(outcome.struck, outcome.taken)
    assert ("Sentinel feed", "status 503") not in cells
    assert ("Sentinel feed", "status 500") in cells
    assert "recover: the write had happened" not in branches
    assert "recover: the write is not wanted any more" in branches


def test_the_command_says_how_many_histories_were_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--first-seed", "3"]) == 0
    assert "1 histories (default), 0 broken" in capsys.readouterr().out


class TestTask:
    def test_a_killed_one_never_comes_back(self) -> None:
        done: list[str] = []

        def work() -> None:
            try:
                task.boundary("before send", "first")
                done.append("sent")
            finally:
                with pytest.raises(Killed):
                    task.boundary("before send", "cleanup")

        def decide(*_: int) -> float:
            raise Killed

        task = Task("doomed", work, decide, lambda *_: None)
        task.resume()
        assert (task.ended, task.dead, task.error, done) == (True, True, None, [])

    def test_one_that_waits_goes_on_where_it_stood(self) -> None:
        done: list[str] = []

        def work() -> None:
            done.append("one")
            task.boundary("before send", "")
            done.append("two")

        task = Task("patient", work, lambda *_: 5.0, lambda *_: None)
        task.wait = lambda _: task.stand_still()
        task.resume()
        assert (done, task.ended) == (["one"], False)
        task.resume()
        assert (done, task.ended) == (["one", "two"], True)


def test_every_mutant_names_tests_that_are_there() -> None:
    missing = [name for mutant in MUTANTS for name in mutant.tests if not (ROOT / name).is_file()]
    assert missing == []
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 25
    assert {mutant.keeps for mutant in MUTANTS} == {f"I{number}" for number in range(1, 18)}


def test_a_run_at_rest_may_ask_again_who_it_is_where_nobody_said_so() -> None:
    """In seed 2483 the instance had no answer at first, and is asked again an hour later."""
    evidence, breaches = look(generate(2483))
    assert (evidence.rest_calls, breaches) == (2, ())


def test_a_run_that_is_left_out_changes_no_other() -> None:
    """Events are told apart by what they are, not by chance that is drawn while a history is played."""
    history = generate(3)
    last = max((event for event in history.events if isinstance(event, Run)), key=lambda event: event.at)
    shorter = replace(history, events=tuple(event for event in history.events if event != last))
    before = [line for line in judge(history)[1].text().splitlines() if float(line[:9]) < last.at]
    after = [line for line in judge(shorter)[1].text().splitlines() if float(line[:9]) < last.at]
    assert before == after


class TestOrderOfComments:
    """Notes on an imported ticket, and whether the checker minds that they crossed newest first."""

    @staticmethod
    def broken(apart: float) -> set[str]:
        events = (
            Deed(0, "e0", "sentinel", "automation", "create", fields=ESCALATION),
            Run(60, "import"),
            *(
                Deed(600 + apart * turn, f"d{turn}", "servicenow", "liam.byrne", "note", "e0", f"{turn}")
                for turn in range(4)
            ),
        )
        with BY_NAME["comments-backwards"].patch():
            return {breach.invariant for breach in judge(History(0, "default", Scene(), events))[0].breaches}

    def test_is_kept_from_second_to_second(self) -> None:
        assert self.broken(apart=1) == {"I7"}

    def test_is_unknown_within_one_second(self) -> None:
        assert self.broken(apart=0) == set()


@pytest.mark.parametrize(("profile", "left"), [("default", 2), ("delta-only", 1)])
def test_a_repeated_run_is_not_lied_to_again_where_nothing_would_make_up_for_it(profile: Profile, left: int) -> None:
    run = Run(900.0, "run0", blows=(Blow(*LIE), Blow("Sentinel create or update", "status 503")))
    assert len(when_repeated(run, profile)) == left
