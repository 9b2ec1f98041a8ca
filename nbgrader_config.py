"""What nbgrader must know of this course: its commands and formgrader read this file when they start in this folder."""

from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor, TagRemovePreprocessor
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, LimitOutput, SaveAutoGrades

c = get_config()  # noqa: F821  (nbgrader defines it while it reads this file)

c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

# A student's notebook is the instructor's without the cells that only make sense beside the solutions, and without the
# build's own notes. Both go before nbgrader looks at any cell.
c.GenerateAssignment.preprocessors = [
    TagRemovePreprocessor,
    ClearMetadataPreprocessor,
    *GenerateAssignment.preprocessors.default(),
    "autograder.nbgrader_plugin.Deadline",
]
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"solutions-only"}
c.ClearMetadataPreprocessor.enabled = True
c.ClearMetadataPreprocessor.clear_cell_metadata = False
c.ClearMetadataPreprocessor.preserve_nb_metadata_mask = {"kernelspec", "language_info"}

# What is released is built, so that building it again loses nothing, and only then does the gradebook know of it.
c.GenerateAssignment.force = True

# Points and reasons come from our grader, and no cell of a student is run.
c.Autograde.sanitize_preprocessors = [
    "autograder.nbgrader_plugin.Restore",
    *Autograde.sanitize_preprocessors.default(),
]
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_plugin.Grade",
    LimitOutput,
    SaveAutoGrades,
    "autograder.nbgrader_plugin.Deadline",
    AssignLatePenalties,
    CheckCellMetadata,
]

# What a late submission loses is said in course.toml.
c.AssignLatePenalties.plugin_class = "autograder.nbgrader_plugin.LatePenalty"
c.LatePenalty.course = str(Path(__file__).parent)

# Formgrader and feedback show what students wrote: as text, never as a part of the page.
c.HTMLExporter.filters = {"markdown2html": "autograder.nbgrader_plugin.markdown"}
