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
HAD = {
    "status:solved": ("settled", "never settled"),
    "status:pending": ("waited for the customer", "never waited for the customer"),
    "handover:escalation": ("handed to a higher level", "never handed to a higher level"),
    "handover:transfer": ("passed on", "never passed on"),
    "contact:call": ("called", "no call"),
    "contact:chat": ("chatted", "no chat"),
    "contact:email": ("wrote an email", "no email"),
    "contact:form": ("sent a form", "no form"),
    "contact:social": ("wrote on social media", "nothing on social media"),
}
"""What is said of a journey that has a step, and of one that lacks it."""
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


def had(activity: str) -> tuple[str, str]:
    """Say that a journey has a step, and that it lacks it."""
    name = said(activity)
    return HAD.get(activity, (f"“{name}” happened", f"“{name}” never happened"))
