"""What exercises compute, by definition: slow second implementations, which the checks' oracle answers with.

One file a module of the course. They are never given out: a student's release holds recorded answers in their place.
"""
