"""The stubs that students complete, made from the modules in `solutions/`."""

import ast

from autograder.locations import CourseError


def stub(module, root):
    """Return the text of a reference module with every solution region replaced by `raise NotImplementedError`.

    Raises:
        CourseError: naming file and line, if a marker is alone or outside a function, or the file is not valid Python.
    """
    where = module.relative_to(root).as_posix()
    text = module.read_text(encoding="utf-8")
    tree = _parse(text, where)
    lines = text.split("\n")
    stub_lines, end = [], 0
    for begin, after in _regions(lines, where):
        name = f"{module.stem}.{_function_around(tree, lines, begin, after, where)}"
        indent = _indent(lines[begin])
        stub_lines += lines[end:begin]
        stub_lines += [f"{indent}# YOUR CODE HERE", f'{indent}raise NotImplementedError("{name} is not written yet")']
        end = after
    built = "\n".join(stub_lines + lines[end:])
    _parse(built, f"the stub of {where}")
    return built


def _parse(text, where):
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise CourseError(f"{where}, line {error.lineno}: this is not valid Python: {error.msg}") from error


def _indent(line):
    return line[: len(line) - len(line.lstrip())]


def _regions(lines, where):
    """Yield (index of the BEGIN line, index after the END line) of every solution region."""
    begin = None
    for i, line in enumerate(lines):
        if line.strip() == "### BEGIN SOLUTION":
            if begin is not None:
                raise CourseError(
                    f"{where}, line {i + 1}: a solution region begins here inside the one that began in line "
                    f"{begin + 1}: end that one first"
                )
            begin = i
        elif line.strip() == "### END SOLUTION":
            if begin is None:
                raise CourseError(f"{where}, line {i + 1}: ### END SOLUTION without a ### BEGIN SOLUTION before it")
            yield begin, i + 1
            begin = None
        elif "BEGIN SOLUTION" in line or "END SOLUTION" in line:
            raise CourseError(
                f"{where}, line {i + 1}: a marker stands alone in its line and reads exactly ### BEGIN SOLUTION or "
                f"### END SOLUTION, not {line.strip()!r}"
            )
    if begin is not None:
        raise CourseError(f"{where}, line {begin + 1}: ### BEGIN SOLUTION without an ### END SOLUTION after it")


def _function_around(tree, lines, begin, after, where):
    """Return the dotted name of the function or method that holds a solution region."""
    code = [i for i in range(begin, after) if lines[i].strip() and not lines[i].lstrip().startswith("#")]
    if not code:
        raise CourseError(f"{where}, line {begin + 1}: this solution region holds no code")
    if _indent(lines[code[0]]) != _indent(lines[begin]):
        raise CourseError(f"{where}, line {begin + 1}: indent ### BEGIN SOLUTION as the first line of code below it")
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    around = [  # from the outermost to the innermost, the order of ast.walk
        node
        for node in ast.walk(tree)
        if isinstance(node, definitions) and node.lineno <= begin and code[-1] < node.end_lineno
    ]
    if not around or isinstance(around[-1], ast.ClassDef):
        raise CourseError(
            f"{where}, line {begin + 1}: a solution region lies inside one function or method, so that the stub can "
            "say which one is not written yet"
        )
    return ".".join(node.name for node in around)
