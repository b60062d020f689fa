"""Drafts in, rendered messages out; sentences for findings, names for milestones."""

from notifier.messages.catalogue import field_name, milestone_name, say
from notifier.messages.render import Renderer
from notifier.messages.when import left

__all__ = ["Renderer", "field_name", "left", "milestone_name", "say"]
