"""Real servers on loopback that behave as the services document, and misbehave as they do."""
