"""Pay calendars: DT063-DT065."""

from tests.ladderfiles.rule_case import COMPANY_FILE, RuleCase

_END = "parity: {policy: equal}\n"
_MONTHLY = "{key: monthly, frequency: monthly, anchor: 2026-01-01}"


def _listed(*periods: str) -> str:
    return f"{_END}pay_calendars:\n  - key: paid\n    periods:\n" + "".join(f"      - {{{one}}}\n" for one in periods)


_JANUARY = "key: jan, effective_from: 2026-01-01, effective_to: 2026-02-01"

CALENDAR_CASES = (
    RuleCase(
        name="DT063-no-way",
        file=COMPANY_FILE,
        old=_END,
        bad=f"{_END}pay_calendars: [{{key: monthly, frequency: monthly}}]\n",
        good=f"{_END}pay_calendars: [{_MONTHLY}]\n",
        lines=(
            (
                "company.yaml:17:17 DT063 the periods of pay calendar monthly are not stated in one way: "
                "state `frequency` and `anchor`, or `periods`"
            ),
        ),
    ),
    RuleCase(
        name="DT063-anchor",
        file=COMPANY_FILE,
        old=_END,
        bad=f"{_END}pay_calendars: [{{key: half, frequency: semimonthly, anchor: 2026-01-16}}]\n",
        good=f"{_END}pay_calendars: [{{key: half, frequency: semimonthly, anchor: 2026-01-13}}]\n",
        lines=(
            (
                "company.yaml:17:61 DT063 semimonthly periods cannot begin on day 16 of every month: "
                "begin on one of the days 1 to 13, or list `periods`"
            ),
        ),
    ),
    RuleCase(
        name="DT064-hole",
        file=COMPANY_FILE,
        old=_END,
        bad=_listed(_JANUARY, "key: feb, effective_from: 2026-02-02, effective_to: 2026-03-01"),
        good=_listed(_JANUARY, "key: feb, effective_from: 2026-02-01, effective_to: 2026-03-01"),
        lines=(("company.yaml:21:36 DT064 period feb does not begin where jan ends: let it begin on 2026-02-01"),),
    ),
    RuleCase(
        name="DT064-empty",
        file=COMPANY_FILE,
        old=_END,
        bad=_listed("key: jan, effective_from: 2026-01-01, effective_to: 2026-01-01"),
        good=_listed("key: jan, effective_from: 2026-01-01, effective_to: 2026-01-02"),
        lines=("company.yaml:20:62 DT064 period jan has no day: let `effective_to` be the first day after it",),
    ),
    RuleCase(
        name="DT065",
        file=COMPANY_FILE,
        old="{key: de, currency: EUR}",
        bad="{key: de, currency: EUR, pay_calendar: montly}",
        good="{key: de, currency: EUR, pay_calendar: monthly}",
        lines=("company.yaml:9:44 DT065 unknown pay calendar montly: did you mean monthly?",),
        beside=((COMPANY_FILE, _END, f"{_END}pay_calendars: [{_MONTHLY}]\n"),),
    ),
    RuleCase(
        name="DT020-pay-calendar",
        file=COMPANY_FILE,
        old=_END,
        bad=f"{_END}pay_calendars:\n  - {_MONTHLY}\n  - {_MONTHLY}\n",
        good=f"{_END}pay_calendars:\n  - {_MONTHLY}\n",
        lines=("company.yaml:19:11 DT020 key monthly is stated twice: remove one, or give it another name",),
    ),
)
