"""Runs inside a kernel, as text: what its shell, its builtins and the modules of the tests are made of.

Each thing has a short mark made of where it lies and what code it has. Whoever replaces a function changes its mark.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,type-arg,union-attr"


def look(nonce, modules, files, folder, whole):  # noqa: PLR0915 # one text, nothing around it
    """Return JSON text: ``things`` and their ``digest`` when ``whole``, else a ``proof`` of the same for ``nonce``.

    ``files``: the teacher's, which a test may read; ``folder``: where the notebook began.
    ``own``: builtins' names that the notebook has taken for functions of its own.
    """
    import builtins
    import importlib
    import json
    import sys
    import types
    from hashlib import sha256
    from pathlib import Path

    from IPython.core.getipython import get_ipython
    from IPython.core.interactiveshell import ExecutionResult

    functions = (types.FunctionType, types.BuiltinFunctionType, staticmethod, classmethod, property)
    ways = (  # what a cell's text goes through until its outcome is told, and what looks at it here
        "IPython.core.interactiveshell", "IPython.core.async_helpers", "IPython.core.compilerop",
        "IPython.core.displayhook", "IPython.core.formatters", "ipykernel.compiler", "ipykernel.displayhook",
        "ipykernel.ipkernel", "ipykernel.kernelbase", "ipykernel.zmqshell", "jupyter_client.session",
        "matplotlib_inline.backend_inline", "ast", "codeop", "hashlib", "json",
    )  # fmt: skip
    things = {}

    def mark(thing):
        inner = getattr(thing, "__func__", None) or getattr(thing, "fget", None) or thing
        code = getattr(inner, "__code__", None)
        if code is None:
            return id(thing)
        defaults = repr((inner.__defaults__, inner.__kwdefaults__))[:200]
        return hash((id(thing), id(inner), id(code), code.co_code, defaults, *wraps(inner)))

    def wraps(function):
        """What a decorated function calls."""
        for cell in function.__closure__ or ():
            try:
                inner = cell.cell_contents
            except ValueError:  # nothing is in it yet
                continue
            if callable(inner):
                yield id(inner), id(getattr(inner, "__code__", None))

    def is_typed(thing, module):
        """Whether a function of a module's was made in a notebook's cell or in another file of its pupil's."""
        code = getattr(getattr(thing, "__wrapped__", thing), "__code__", None)
        place = getattr(code, "co_filename", "")
        if place.startswith(f"{folder}/"):  # a module of the pupil's
            own = getattr(sys.modules.get(module), "__file__", "")
            return place != own and place.removeprefix(f"{folder}/") not in files
        return getattr(thing, "__module__", "") == "__main__" or "ipykernel_" in place

    def note_class(kind):
        for name, value in list(vars(kind).items()):
            if isinstance(value, functions):
                place = f"{kind.__module__}.{kind.__qualname__}.{name}"
                things[place] = mark(value)
                inner = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
                if is_typed(inner, kind.__module__):
                    things[f"{place} of the notebook"] = True

    def note_object(name, thing):
        for kind in type(thing).__mro__:
            if kind.__module__.split(".")[0] in (
                "IPython",
                "codeop",
                "ipykernel",
                "jupyter_client",
                "sandyq",
            ):
                note_class(kind)
        for attribute, value in list(vars(thing).items()):
            if isinstance(value, (types.FunctionType, types.MethodType)) and hasattr(type(thing), attribute):
                things[f"{name}.{attribute}"] = mark(value)

    def note_module(module):
        for name, value in list(vars(module).items()):
            if isinstance(value, functions) and module.__name__.split(".")[0] in sys.stdlib_module_names:
                things[f"{module.__name__}.{name}"] = mark(value)
            elif isinstance(
                value, functions
            ):  # matplotlib, for one, exchanges functions of its own by itself
                things[f"{module.__name__}.{name}"] = is_typed(value, module.__name__)
            elif isinstance(value, type):
                things[f"{module.__name__}.{name}"] = id(value)
                if value.__module__ == module.__name__:
                    note_class(value)

    def note_way(name, module):
        """Everything that can be called by a name of the module's, which goes before builtins of that name."""
        for attribute, value in list(vars(module).items()):
            if callable(value):
                things[f"{name}.{attribute}"] = mark(value)

    def is_of_pictures(thing):
        """Whether it is a function of matplotlib's own text, which puts some there when it is imported."""
        for name in ("matplotlib.pyplot", "matplotlib_inline.backend_inline"):
            module, code = sys.modules.get(name), getattr(thing, "__code__", None)
            if module and code and code.co_filename == module.__file__:
                return any(thing is value for value in vars(module).values())
        return False

    def note_formatter(name, formatter):
        """How numbers become text, and who may show them otherwise."""
        note_object(name, formatter)
        for kind in (object, int, float, complex, bool, str):
            things[f"{name} of {kind.__name__}"] = mark(formatter.type_printers.get(kind))
        others = [place for place in formatter.deferred_printers if place[0] in ("builtins", "numpy")]
        things[f"{name} of others"] = repr(sorted(others))

    folder = folder or str(Path.cwd())
    shell = get_ipython()
    kernel = shell.kernel
    for name, thing in {
        "shell": shell, "kernel": kernel, "session": kernel.session, "displayhook": shell.displayhook,
        "display_pub": shell.display_pub, "compile": shell.compile, "transformer": shell.input_transformer_manager,
    }.items():  # fmt: skip
        note_object(name, thing)
        things[name] = id(thing)
    formats = shell.display_formatter
    note_object("how results are shown", formats)
    things["how results are shown"] = id(formats)
    note_formatter("how results are written", formats.formatters["text/plain"])
    note_formatter("who shows results", formats.ipython_display_formatter)
    note_formatter("who describes results", formats.mimebundle_formatter)
    note_class(ExecutionResult)
    for name, value in vars(builtins).items():
        if name != "_":
            things[f"builtins.{name}"] = id(value)
    for name in ["unittest.case", "marshal", *modules]:
        top = name.split(".")[0]
        if top in ("this", "antigravity"):
            continue
        known = top in sys.stdlib_module_names or top == "sandyq_widgets"
        if name not in sys.modules and known and whole:
            try:
                importlib.import_module(name)
            except ImportError:  # of another system, or not installed
                continue
        if name in sys.modules:
            note_module(sys.modules[name])
    for name in ways:
        if name in sys.modules:
            note_way(name, sys.modules[name])
    for name in files:
        try:
            things[f"the file {name}"] = sha256(Path(name).read_bytes()).hexdigest()
        except OSError:
            things[f"the file {name}"] = ""
    things["what traces"] = f"{sys.gettrace()!r} {sys.getprofile()!r}"
    things["handlers of errors"] = f"{shell.custom_exceptions!r}"
    things["which results are shown"] = shell.ast_node_interactivity
    things["what changes cells"] = [
        id(each)
        for listed in (
            shell.ast_transformers,
            shell.input_transformers_post,
            shell.input_transformer_manager.cleanup_transforms,
            shell.input_transformer_manager.line_transforms,
            shell.input_transformer_manager.token_transformers,
        )
        for each in listed
    ]
    things["what is called around cells"] = [
        id(each) for listed in shell.events.callbacks.values() for each in listed if not is_of_pictures(each)
    ]
    own = [
        name
        for name, value in shell.user_ns.items()
        if hasattr(builtins, name) and callable(value) and getattr(value, "__module__", "") == "__main__"
    ]
    digest = sha256(repr(sorted(things.items())).encode()).hexdigest()
    proof = sha256((nonce + digest).encode()).hexdigest()
    told = {"things": things, "digest": digest, "folder": folder} if whole else {"proof": proof, "own": own}
    return json.dumps(told)
