"""Files to files: labels an archive of any size, part by part, so that a run that was killed goes on where it was."""
