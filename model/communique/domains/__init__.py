"""In which fields a paragraph reports cooperation."""
