"""Human words win: over the machine, over a re-tag, and visibly so after an edit."""

from datetime import UTC, datetime

from domain.correction import Correction, CorrectionAction, corrected
from domain.signal import Origin, Signal, SignalKind, SubjectKind

AT = datetime(2026, 3, 1, tzinfo=UTC)


def machine(label: str, *, text: str = "hash-1", model: str = "heads@1") -> Signal:
    return Signal(
        subject_kind=SubjectKind.TURN,
        subject_id="trn_1",
        kind=SignalKind.INTENT,
        label=label,
        probability=0.9,
        taxonomy="general@1",
        model=model,
        content_hash=text,
    )


def person(action: CorrectionAction, was: str | None, is_: str | None) -> Correction:
    return Correction(
        subject_kind=SubjectKind.TURN,
        subject_id="trn_1",
        kind=SignalKind.INTENT,
        action=action,
        machine_label=was,
        label=is_,
        content_hash="hash-1",
        at=AT,
        by="qa",
    )


def labels(signals: tuple[Signal, ...]) -> list[tuple[str, Origin]]:
    return sorted((signal.label, signal.origin) for signal in signals)


def test_a_replaced_label_stays_replaced_after_a_new_model_says_the_same() -> None:
    fix = person(CorrectionAction.REPLACE, "order_status", "refund_request")
    for model in ("heads@1", "heads@2"):
        result = corrected([machine("order_status", model=model)], [fix])
        assert labels(result) == [("refund_request", Origin.PERSON)]


def test_what_the_machine_learns_to_say_itself_is_not_said_twice() -> None:
    fix = person(CorrectionAction.REPLACE, "order_status", "refund_request")
    assert labels(corrected([machine("refund_request")], [fix])) == [
        ("refund_request", Origin.PERSON)
    ]


def test_other_labels_of_the_subject_stay_the_machines() -> None:
    fix = person(CorrectionAction.REMOVE, "order_status", None)
    result = corrected([machine("order_status"), machine("praise")], [fix])
    assert labels(result) == [("praise", Origin.MACHINE)]


def test_an_added_label_stands_beside_the_machines() -> None:
    fix = person(CorrectionAction.ADD, None, "cancel_request")
    result = corrected([machine("praise")], [fix])
    assert labels(result) == [("cancel_request", Origin.PERSON), ("praise", Origin.MACHINE)]


def test_after_an_edit_the_correction_holds_and_says_that_the_text_changed() -> None:
    fix = person(CorrectionAction.REPLACE, "order_status", "refund_request")
    (signal,) = corrected([machine("order_status", text="hash-2")], [fix])
    assert signal.label == "refund_request"
    assert signal.details == {"text_changed": True}
