"""Articles read by a transformer: every paragraph with what stands before it, in one pass for domains and partners."""
