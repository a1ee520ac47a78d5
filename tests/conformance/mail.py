"""Mail as its readers get it: aiosmtpd has taken it over SMTP, Python's parser and icalendar read it.

    python mail.py FOLDER    # where aiosmtpd keeps what it takes; HORARIUM_DEMO holds what the demo has said
"""

import datetime
import email
import email.policy
import json
import mailbox
import os
import sys
import time
import urllib.request

from icalendar import Calendar

DEMO = json.loads(os.environ["HORARIUM_DEMO"])
GUEST = f"guest.{int(time.time())}@example.com"


def wait_for(count):
    """The guest's letter of this number; the demo's own people get letters as well."""
    for _ in range(300):
        box = mailbox.Maildir(sys.argv[1], create=True)
        came = [email.message_from_bytes(box.get_bytes(key), policy=email.policy.default) for key in sorted(box.keys())]
        came = [it for it in came if GUEST in (it["To"] or "")]
        came.sort(key=lambda it: it["Date"].datetime)
        if len(came) >= count:
            return came[count - 1]
        time.sleep(0.1)
    sys.exit(f"{len(came)} of {count} letters came")


def ask(query, **variables):
    request = urllib.request.Request(
        DEMO["graphql"],
        json.dumps({"query": query, "variables": variables}).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {DEMO['apiKey']}"},
    )
    answer = json.load(urllib.request.urlopen(request))
    if "errors" in answer:
        sys.exit(json.dumps(answer["errors"]))
    return answer["data"]


def event(letter):
    """The appointment in a letter, which is there twice: beside the text and as a file."""
    parts = [it for it in letter.walk() if it.get_content_type() in ("text/calendar", "application/ics")]
    texts = {it.get_payload(decode=True) for it in parts}
    assert len(parts) == 2 and len(texts) == 1, [it.get_content_type() for it in letter.walk()]
    calendar = Calendar.from_ical(texts.pop())
    (found,) = calendar.walk("VEVENT")
    beside = next(it for it in parts if it.get_content_type() == "text/calendar")
    assert beside.get_param("method") == calendar["METHOD"]
    return calendar["METHOD"], found


SERVICES = "{ services(first: 50) { nodes { id title seats confirmation questions { isRequired } } } }"
services = ask(SERVICES)["services"]["nodes"]
plain = [it for it in services if it["seats"] == 1 and it["confirmation"] == "AUTO" and not any(q["isRequired"] for q in it["questions"])]
SLOTS = "query($id: ID!) { slots(serviceId: $id, timeZone: \"UTC\", first: 5) { days { slots { startsAt token } } } }"
service, slot = next(
    (it, slot) for it in plain for day in ask(SLOTS, id=it["id"])["slots"]["days"] for slot in day["slots"]
)
BOOK = """mutation($input: BookingCreateInput!) {
  bookingCreate(input: $input) { booking { id startsAt version } userErrors { message field } }
}"""
booked = ask(BOOK, input={"slotToken": slot["token"], "attendee": {"name": "Zoë \"Ü\" Gast", "email": GUEST}})["bookingCreate"]
assert not booked["userErrors"], booked
booking = booked["booking"]

confirmed = wait_for(1)
assert confirmed["To"].addresses[0].addr_spec == GUEST
assert confirmed["To"].addresses[0].display_name == 'Zoë "Ü" Gast', confirmed["To"]
assert service["title"] in confirmed["Subject"], confirmed["Subject"]
assert "hor_manage_" in confirmed.get_body(("plain",)).get_content()
method, invited = event(confirmed)
starts = datetime.datetime.fromisoformat(booking["startsAt"].replace("Z", "+00:00"))
assert method == "REQUEST" and invited["DTSTART"].dt == starts, (method, invited["DTSTART"].dt, starts)
assert booking["id"] in invited["UID"] and int(invited["SEQUENCE"]) == booking["version"]
assert str(invited["ATTENDEE"]) == f"mailto:{GUEST}"

# `Date` counts seconds, and the letters are told apart by it.
time.sleep(1.1)
CANCEL = "mutation($id: ID!) { bookingCancel(input: { bookingId: $id }) { booking { version } userErrors { message } } }"
cancelled = ask(CANCEL, id=booking["id"])["bookingCancel"]
assert not cancelled["userErrors"], cancelled
off = wait_for(2)
method, gone = event(off)
assert method == "CANCEL" and gone["UID"] == invited["UID"]
assert int(gone["SEQUENCE"]) == cancelled["booking"]["version"] > int(invited["SEQUENCE"])
assert off["Message-ID"] != confirmed["Message-ID"]
print("2 letters taken by SMTP, read back, their appointments put in and taken out")
