"""What many changes together mean, worked out from where people stand without them and with them."""

from dataclasses import replace
from decimal import Decimal

from service.domain.assignments import Facts, Standing
from service.domain.batch_places import ActualPay, Moved
from service.domain.batches import BatchImpact, batch_impact
from service.domain.impact import Headcount
from tests.builders import day, definitions

DAY = day("2026-06-15")
GRADES = {"e2": "2", "ic3": "3", "em3": "3", "ic4": "4", "em4": "4", "ic5": "5", "d3": "3"}


def standing(level: str, *, zone: str | None = "berlin", **facts: str) -> Standing:
    ladder = "design" if level.startswith("d") else "engineering"
    return Standing(
        facts=Facts(ladder=ladder, level=level, zone=zone, **facts),
        grade=GRADES[level],
        grade_since=DAY,
        step_since=DAY,
        since=DAY,
    )


def moved(row: int, before: str | None, after: str | None, *, zone: str = "berlin", paid: str | None = None) -> Moved:
    return Moved(
        row=row,
        before=standing(before, zone=zone) if before else None,
        after=standing(after, zone=zone) if after else None,
        pay=ActualPay(amount=Decimal(paid), currency="EUR", period="year") if paid else None,
    )


def impact(*found: Moved) -> BatchImpact:
    sides = [("ic3", 4), ("em3", 1), ("e2", 7)]
    held = [Headcount(facts=standing(level).facts, grade=GRADES[level], people=people) for level, people in sides]
    return batch_impact(found, held, definitions=definitions(), day=DAY)


def grouped(found: BatchImpact, by: str) -> list[tuple[str | None, int, int, list[tuple[str, str]]]]:
    return [
        (one.key, one.before, one.after, [(cost.currency, str(cost.per_year)) for cost in one.cost])
        for one in found.groups
        if one.by == by
    ]


def test_hires_promotions_switches_and_ends_by_what_they_touch() -> None:
    found = impact(
        moved(1, "ic3", "ic4"), moved(2, "ic3", "em3"), moved(3, None, "e2", zone="nyc"), moved(4, "ic3", None)
    )
    assert (found.people, found.effective_on) == (4, DAY)
    # 10000.00 for the promotion, less the 30001.17 of who leaves; a switch at equal grade costs nothing.
    assert [(one.currency, str(one.per_year), one.people) for one in found.cost] == [
        ("EUR", "-20001.17", 3),
        ("USD", "20001.17", 1),
    ]
    assert grouped(found, "grade") == [
        ("2", 0, 1, [("USD", "20001.17")]),
        ("3", 3, 1, [("EUR", "-30001.17")]),
        ("4", 0, 1, [("EUR", "10000.00")]),
    ]
    assert [one[:3] for one in grouped(found, "track")] == [("ic", 3, 1), ("manager", 0, 1), (None, 0, 1)]
    assert [one[:3] for one in grouped(found, "zone")] == [("berlin", 3, 2), ("nyc", 0, 1)]
    assert [one[:3] for one in grouped(found, "ladder")] == [("engineering", 3, 3)]


def test_the_balance_of_the_tracks_without_and_with_it() -> None:
    found = impact(moved(1, "ic3", "em3"), moved(2, "ic3", "em3"))
    assert (found.before.ic, found.before.manager, found.before.ratio) == (4, 1, Decimal("4.00"))
    assert (found.after.ic, found.after.manager, found.after.ratio) == (2, 3, Decimal("0.67"))
    assert [(one.verdict, one.people) for one in found.after.parity] == [("equal", 5)]
    nobody = impact(moved(1, "em3", None))
    assert (nobody.after.manager, nobody.after.ratio) == (0, None)


def test_what_people_are_paid_is_held_against_the_band_they_come_to_stand_in() -> None:
    found = impact(
        moved(1, "ic3", "ic4", paid="39001.17"),
        moved(2, "ic3", "ic4", paid="40001.17"),
        moved(3, "ic3", "ic4", paid="49007.32"),
        moved(4, "ic3", "ic4"),
        moved(5, "ic3", None, paid="1.00"),
        replace(moved(6, "ic3", "ic4"), pay=ActualPay(amount=Decimal(1), currency="USD", period="year")),
        replace(moved(7, "ic3", "ic4"), pay=ActualPay(amount=Decimal("3000.00"), currency="EUR", period="month")),
    )
    assert [(one.row, one.side) for one in found.outside] == [(1, "below"), (3, "above"), (7, "below")]
    # Whose pay is of another currency than the band is not left out without a word.
    assert [(one.currency, str(one.per_year), one.people, one.not_told) for one in found.at_actual_pay] == [
        ("EUR", "5001.17", 2, 0),
        ("USD", "0.00", 0, 1),
    ]
    unbanded = impact(replace(moved(1, None, "ic4", paid="1.00"), after=standing("ic4", zone=None)))
    assert [(one.currency, one.people, one.not_told) for one in unbanded.at_actual_pay] == [("EUR", 0, 1)]


def test_where_nothing_is_stated_nothing_is_made_up() -> None:
    odd = Moved(row=1, before=standing("ic3"), after=standing("ic4", band_set="none"))
    nowhere = Moved(row=2, before=standing("e2", zone=None), after=standing("ic3", zone=None))
    same = moved(3, "ic3", "ic3", paid="1.00")
    abroad = Moved(row=4, before=standing("ic3"), after=standing("ic3", zone="nyc"))
    found = impact(odd, nowhere, same, abroad)
    assert found.people == 3
    assert [(one.currency, str(one.per_year), one.people, one.not_told) for one in found.cost] == [
        ("EUR", "0.00", 0, 1),
        ("USD", "0.00", 0, 1),
    ]
    # Who does not move is held against the band all the same: they said what they are paid.
    assert [(one.row, one.side) for one in found.outside] == [(3, "below")]


def test_without_the_right_to_read_pay() -> None:
    hidden = impact(moved(1, "ic3", "ic4", paid="1.00")).without_pay()
    assert (hidden.cost, hidden.at_actual_pay, hidden.outside) == ((), (), ())
    assert hidden.redacted == ("cost", "at_actual_pay", "outside")
    assert all((one.cost, one.redacted) == ((), ("cost",)) for one in hidden.groups)
    assert (hidden.people, len(hidden.groups)) == (1, 5)
