"""Activities as people say them."""

STEP = " > "
SAID = {
    "status:new": "ticket opened",
    "status:open": "being worked on",
    "status:pending": "waiting for the customer",
    "status:solved": "settled",
    "status:closed": "closed",
    "handover:escalation": "handed to a higher level",
    "handover:transfer": "passed on",
    "outcome:satisfied": "customer satisfied",
    "outcome:resolved": "resolved",
    "contact": "got in touch",
    "rating": "rated",
}
KINDS = ("contact:", "status:", "handover:", "outcome:")


def said(activity: str) -> str:
    """Say an activity, or a path of them, in plain words."""
    return STEP.join(_one(part) for part in activity.split(STEP))


def _one(activity: str) -> str:
    if activity in SAID:
        return SAID[activity]
    for kind in KINDS:
        if activity.startswith(kind):
            return activity.removeprefix(kind).replace("_", " ")
    return activity.replace("_", " ")
