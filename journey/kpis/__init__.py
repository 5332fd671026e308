"""How well support does: first-contact resolution, repeats, time, effort, satisfaction, cost."""
