"""Poison among good records: the good ones finish, the poison is listed with its reason."""

from storage import backlog
from tests.faults.checks import unread
from tests.faults.conftest import MakeFleet
from tests.faults.made import conversation, ids
from tests.faults.servers import Broker
from tests.faults.service import until
from tests.faults.taggers import BREAKS, KILLS

GOOD = range(40)
BROKEN = range(100, 102)
DEADLY = range(200, 201)


def test_poison_is_listed_with_its_reason_and_stops_no_other(
    make_fleet: MakeFleet, broker: Broker
) -> None:
    fleet = make_fleet(broker, tagger="tests.faults.taggers:poisoned", lease_seconds=3)
    fleet.start()
    bad = [conversation(number, text=f"please {BREAKS}") for number in BROKEN]
    bad += [conversation(number, text=f"please {KILLS}") for number in DEADLY]
    good = [conversation(number) for number in GOOD]
    with fleet.client() as client:
        answer = client.post("/v1/conversations", json=[*good[:20], *bad, *good[20:]])
        assert answer.status_code == 202

        def parked() -> bool:
            fleet.tend()
            with fleet.database.reading() as session:
                return len(backlog.parked(session)) == fleet.left() == len(bad)

        # Five attempts with growing rests; one that kills its worker also waits for the sweep.
        until(parked, "the end of the good ones and the parking of the poison", 600)
        listed = client.get("/v1/dead-letters").json()["items"]
        told = {item["subject_id"]: item["reason"] for item in listed}
        assert {told[id_] for id_ in ids(BROKEN)} == {"failed:RuntimeError"}
        assert {told[id_] for id_ in ids(DEADLY)} == {"lease_expired"}
        assert BREAKS not in str(listed), "an exception's message may hold a customer's words"
    with fleet.database.reading() as session:
        assert set(session.scalars(unread())) == ids(BROKEN) | ids(DEADLY)
    assert fleet.known() == ids(GOOD) | ids(BROKEN) | ids(DEADLY)
    for member in fleet.members:
        assert BREAKS not in member.log.read_text(), "no customer text in logs"
