"""What Workday is told of ladders and bands that are published."""

from collections.abc import Mapping
from typing import Any

from service.connectors.sinks import Done, Postponed, Publisher
from service.domain.mappings import MappingEntry
from tests.builders import BANDS, DESIGN, ENGINEERING, level
from tests.connectors.bridge import Bridge
from tests.connectors.workday.at_work import WorkdayVendor, connect, waits
from tests.stage import publish

REFUSED = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>
<faultcode>SOAP-ENV:Client.validationError</faultcode><faultstring>The task submitted is not authorized.</faultstring>
</e:Fault></e:Body></e:Envelope>"""


async def test_req_20_published_ladders_become_job_profiles_that_keep_what_is_not_ours(
    bridge: Bridge, vendor: WorkdayVendor
) -> None:
    tenant = vendor.made.tenant
    grades = tuple(MappingEntry(of="grade", ours=str(rank), theirs=f"G{rank}") for rank in range(1, 7))
    ladder: Mapping[str, Any] = {
        **ENGINEERING,
        "version": "2",
        "effective_from": "2026-09-01",
        "levels": [
            {**one, "title": "Principal Engineer"} if one["key"] == "ic5" else one for one in ENGINEERING["levels"]
        ],
    }
    entries = (*grades, MappingEntry(of="level", ours="engineering/e1", theirs="NEW_E1"))
    await connect(bridge, vendor, *entries, owns_job_profiles=True)
    await publish(bridge.stage, ladders=[ladder, DESIGN])
    await bridge.quiet()
    written = tenant.profiles["ENG_IC5"]
    assert written["title"] == "Principal Engineer" and written["from"] == "2026-09-01"
    # Management level and families stay, and the grade is there.
    assert all(part in str(written["xml"]) for part in ("Management_Level_ID", '"Job_Family_ID">ENG<', ">G5<"))
    assert tenant.profiles["NEW_E1"]["title"] == "E1"
    count = vendor.made.asked.count("Put_Job_Profile")
    assert count == len(ladder["levels"])
    event = {"type": "ladder.published", "data": _published(ladder)}
    publisher = await bridge.opened(bridge.connection)
    assert isinstance(publisher, Publisher)
    again = await publisher.publish(event)
    assert again == Done(note="0 job profiles written")
    # Whoever may not read a profile writes none: what is not ours in it would be lost.
    vendor.made.raw["Get_Job_Profiles"] = REFUSED
    refused = await publisher.publish({**event, "data": {**event["data"], "levels": event["data"]["levels"][:1]}})
    assert isinstance(refused, Postponed) and refused.code == "workday-validation"
    assert vendor.made.asked.count("Put_Job_Profile") == count
    del vendor.made.raw["Get_Job_Profiles"]
    # A level that is not mapped waits.
    longer = {**ladder, "version": "3", "levels": [*ladder["levels"], level("ic6", ["ic"], "6")]}
    await publish(bridge.stage, ladders=[longer, DESIGN])
    await waits(bridge, "level-unmapped")


async def test_published_bands_become_pay_ranges_by_zone(bridge: Bridge, vendor: WorkdayVendor) -> None:
    tenant = vendor.made.tenant
    grades = tuple(
        MappingEntry(of="grade", ours=ours, theirs=ours.upper().replace("/", "_"))
        for rank in range(1, 7)
        for ours in (str(rank), f"{rank}/berlin", f"{rank}/nyc")
    )
    await connect(bridge, vendor, *grades, owns_bands=True)
    rows = [{**row, "max": "99999.99"} if row["grade"] == "2" else row for row in BANDS["rows"]]
    bands = {"key": "2027", "effective_from": "2027-01-01", "rows": rows}
    await publish(bridge.stage, bands=[BANDS, bands])
    await bridge.quiet()
    # Only what changed, to the cent, in the currency of the zone.
    assert list(tenant.grades) == ["2"] and tenant.grades["2"]["from"] == "2027-01-01"
    text = str(tenant.grades["2"]["xml"])
    assert text.count(">20001.17<") == 2 and text.count(">99999.99<") == 2 and ">2_BERLIN<" in text
    assert ">EUR<" in text and ">USD<" in text and ">Annual<" in text
    assert vendor.made.asked.count("Put_Compensation_Grade") == 1
    heads = [head for _, head in await bridge.refusals()]
    assert not any("20001" in head or "99999" in head for head in heads)


def _published(ladder: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ladder": ladder["key"],
        "effective_from": ladder["effective_from"],
        "levels": [
            {"level": one["key"], "grade": one["grade"], "title": one["title"], "tracks": one["tracks"]}
            for one in ladder["levels"]
        ],
    }
