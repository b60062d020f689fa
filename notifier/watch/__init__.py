"""Pages of land bureaus, looked at as a polite guest does. Nobody else speaks to their sites."""
