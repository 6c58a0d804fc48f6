"""Events say what they are told, whatever it looks like."""

from tests.stage import Stage

NOBODY = "1970-01-01T00:00:00.000000Z"


async def test_a_name_that_looks_like_an_instant_stays_a_name(stage: Stage) -> None:
    """The instant of an event is put in when it is known: into its own members and nothing else."""
    await stage.create("grace", timestamp=NOBODY, recorded_at=NOBODY)
    made = await stage.change({"ladder": "engineering", "level": "ic3"}, "2026-01-01", employee="grace")
    event = (await stage.events())[-1]
    assert event["data"]["employee"]["external_ids"] == {"recorded_at": NOBODY, "timestamp": NOBODY}
    assert event["timestamp"] == event["data"]["change"]["recorded_at"] == made["recorded_at"]
