"""Drafts in, rendered messages out (`render.Renderer`).

Also the sentences of findings and the names of milestones.
"""

from notifier.messages.catalogue import ask, field_name, milestone_name, milestone_typed, say
from notifier.messages.when import left

__all__ = ["ask", "field_name", "left", "milestone_name", "milestone_typed", "say"]
