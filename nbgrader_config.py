"""What nbgrader must know of this course: its commands and formgrader read this file when they start in this folder."""

from nbconvert.preprocessors import ClearMetadataPreprocessor, TagRemovePreprocessor
from nbgrader.converters import GenerateAssignment

c = get_config()  # noqa: F821  (nbgrader defines it while it reads this file)

c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

# A student's notebook is the instructor's without the cells that only make sense beside the solutions, and without the
# build's own notes. Both go before nbgrader looks at any cell.
c.GenerateAssignment.preprocessors = [
    TagRemovePreprocessor,
    ClearMetadataPreprocessor,
    *GenerateAssignment.preprocessors.default(),
]
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"solutions-only"}
c.ClearMetadataPreprocessor.enabled = True
c.ClearMetadataPreprocessor.clear_cell_metadata = False
c.ClearMetadataPreprocessor.preserve_nb_metadata_mask = {"kernelspec", "language_info"}
