"""The keys of what the ledger's memory keeps between two lives of the daemon."""

LAST_BEAT = "last_beat"
"""The instant at which the daemon last kept house."""

LAST_PROOF = "last_proof"
"""The instant of the last ping of the heartbeat URL, and what became of it."""

LAST_BACKUP = "last_backup"
"""The instant of the last copy of the ledger."""

PLAN = "plan"
"""The fingerprint of the settings by which was planned."""
