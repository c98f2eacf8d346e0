"""From coded articles to a model folder, and from the editable tables to the compiled ones."""
