"""What a kernel's machine code depends on: the definitions that it can reach in the sources of the engine.

A definition is a function, a class, a constant or an import at the top of a module. From a kernel, every name that its
text mentions is followed to its definition, in its own module or through an import in another, and so on. What is
neither (an `if`, a call, an assignment into an object) may change anything in its module and belongs to all that is
reached there; a module that is used as a whole belongs to it as a whole.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ENGINE = Path(__file__).parent
ENGINE_NAME = "vesicula.engine"
COMPILERS = tuple(
    f"{ENGINE_NAME}.{name}" for name in ("cache", "compiling", "flattening", "sources")
)  # part of every kernel
GROUPS = f"{ENGINE_NAME}.groups"  # whose classes the signatures of kernels name
KEPT = 8  # lists of hashes, of as many states of the sources
WHOLE = ""  # the name that stands for all definitions of a module

Place = tuple[str, str]  # module and name in it


class Source:
    """One module: its definitions by the names they bind, and the statements that may change any of them."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self.package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        content = file.read_bytes()
        self.lines = content.splitlines()
        self.definitions: dict[str, list[ast.stmt]] = defaultdict(list)
        self.anywhere: list[ast.stmt] = []
        self.tree = ast.parse(content)
        for statement in self.tree.body:
            for bound in _bound(statement):
                self.definitions[bound].append(statement)
            if not _is_definition(statement):
                self.anywhere.append(statement)

    def text(self, statement: ast.stmt) -> bytes:
        """A statement as it is written, with its decorators."""
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        return b"\n".join(self.lines[first - 1 : statement.end_lineno])

    def imports(self, node: ast.AST) -> dict[str, list[Place]]:
        """Names that import statements within `node` bind, and what of the engine they stand for."""
        found: dict[str, list[Place]] = defaultdict(list)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import):
                for alias in inner.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    found[bound].append((alias.name if alias.asname else bound, WHOLE))
                    if module_file(alias.name):
                        found[bound].append((alias.name, WHOLE))  # which of its modules is meant is not followed
            elif isinstance(inner, ast.ImportFrom):
                base = self.base(inner)
                for alias in inner.names:
                    within = (f"{base}.{alias.name}", WHOLE)
                    found[alias.asname or alias.name].append(within if module_file(within[0]) else (base, alias.name))
        return found

    def base(self, statement: ast.ImportFrom) -> str:
        """Full name of the module that a `from … import` names."""
        if not statement.level:
            return statement.module or ""
        parts = self.package.split(".")
        return ".".join(parts[: len(parts) - statement.level + 1] + ([statement.module] if statement.module else []))


def module_file(name: str) -> Path | None:
    """Source file of the engine module `name`, None where it is not an engine module."""
    if name != ENGINE_NAME and not name.startswith(ENGINE_NAME + "."):
        return None
    path = ENGINE.joinpath(*name.split(".")[2:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _bound(statement: ast.stmt) -> set[str]:
    """Names that a statement at the top of a module binds; `*` for all names of another module."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    bound: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
    return bound


def _is_definition(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but bind its names."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return all(isinstance(node, ast.Name | ast.Tuple | ast.Store) for t in targets for node in ast.walk(t))
    return False


class Engine:
    """The sources of the engine as they are now, each read once."""

    def __init__(self) -> None:
        self._sources: dict[str, Source | None] = {}
        self._direct: dict[Place, tuple[frozenset[Place], bytes]] = {}

    def source(self, name: str) -> Source | None:
        """One module, None where it is not of the engine."""
        if name not in self._sources:
            file = module_file(name)
            self._sources[name] = Source(name, file) if file else None
        return self._sources[name]

    def reach(self, place: Place) -> dict[Place, bytes]:
        """All definitions that `place` can reach, itself included, each with its text."""
        reached: dict[Place, bytes] = {}
        waiting = [place]
        while waiting:
            here = waiting.pop()
            if here in reached or here[0] in COMPILERS or self.source(here[0]) is None:
                continue
            further, reached[here] = self._look(here)
            waiting.extend(further)
        return reached

    def _look(self, place: Place) -> tuple[frozenset[Place], bytes]:
        """What a definition mentions, and its text."""
        if place not in self._direct:
            source = self.source(place[0])
            assert source is not None
            name = place[1]
            statements = source.tree.body if name == WHOLE else source.definitions.get(name, [])
            starred = source.definitions.get("*", []) if not statements else []
            found: set[Place] = set()
            texts: list[bytes] = []
            for statement in (*statements, *starred, *source.anywhere):
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    imported = self._imported(source, statement, name)
                    found.update(imported)
                    texts.append(repr(imported).encode())
                else:
                    found |= self._mentioned(source, statement)
                    texts.append(source.text(statement))
            self._direct[place] = frozenset(found), b"\n".join(texts)
        return self._direct[place]

    def _mentioned(self, source: Source, statement: ast.stmt) -> set[Place]:
        """Definitions of this and other modules that a statement mentions."""
        local = source.imports(statement)
        found: set[Place] = set()
        for node, attributes in _global_chains(statement, set(local)):
            places = local.get(node, [])
            if node in source.definitions or "*" in source.definitions:
                places = [*places, (source.name, node)]
            for place in places:
                found.add(self._follow(place, attributes))
        groups = self.source(GROUPS) if isinstance(statement, ast.FunctionDef) else None
        return found | {(GROUPS, word) for word in _signature_words(statement) if groups and word in groups.definitions}

    def _imported(self, source: Source, statement: ast.Import | ast.ImportFrom, name: str) -> list[Place]:
        """What of the engine an import makes known as `name`."""
        imports = source.imports(statement)
        if name in imports:
            return sorted(imports[name])
        places = {place for all_of_it in imports.values() for place in all_of_it}
        return sorted({(place[0], WHOLE) if place[1] == "*" else place for place in places})

    def _follow(self, place: Place, attributes: tuple[str, ...]) -> Place:
        """What `name.attribute` means where the name stands for a module: the definition in that module."""
        source = self.source(place[0])
        if source is not None and place[1] not in ("", "*"):
            modules = {
                there
                for statement in source.definitions.get(place[1], [])
                if isinstance(statement, ast.Import | ast.ImportFrom)
                for there in source.imports(statement).get(place[1], [])
                if there[1] == WHOLE
            }
            if len(modules) == 1 and len(source.definitions[place[1]]) == 1:
                place = modules.pop()
        if place[1] == WHOLE and attributes:
            within = self.source(place[0])
            if within is not None and attributes[0] in within.definitions:
                return place[0], attributes[0]
        return place


def _global_chains(statement: ast.stmt, imported: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The same without what is a variable of the function itself; scopes within scopes are not told apart."""
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.comprehension, ast.Global)
    own: set[str] = set()
    body = getattr(statement, "body", [])
    if isinstance(statement, ast.FunctionDef) and not any(isinstance(n, scopes) for s in body for n in ast.walk(s)):
        own = {argument.arg for argument in ast.walk(statement.args) if isinstance(argument, ast.arg)}
        own |= {name for inner in body for name in _bound(inner)}
        own -= imported
        for outside in (*statement.decorator_list, statement.args, *([statement.returns] if statement.returns else [])):
            yield from _chains(outside)
        for inner in body:
            yield from (chain for chain in _chains(inner) if chain[0] not in own)
    else:
        yield from _chains(statement)


def _chains(statement: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every name that a statement reads, with the attributes taken from it: `a.b.c` is ("a", ("b", "c"))."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        attributes: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            attributes.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            yield inner.id, tuple(reversed(attributes))
        elif inner is not node:
            waiting.append(inner)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def kernels_of(source: Source) -> list[str]:
    """Names of the kernels of a module, in order."""
    return [
        statement.name
        for statement in source.tree.body
        if isinstance(statement, ast.FunctionDef) and any(_is_kernel(d) for d in statement.decorator_list)
    ]


def _signature_words(statement: ast.stmt) -> set[str]:
    """Words of the signature of a kernel that may be classes of groups; none of what is no kernel."""
    kernels = [one for one in getattr(statement, "decorator_list", []) if _is_kernel(one)]
    texts = [node.value for one in kernels for node in ast.walk(one) if isinstance(node, ast.Constant)]
    return {word for text in texts if isinstance(text, str) for word in re.findall(r"\b[A-Z]\w*", text)}


def _is_kernel(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "kernel"


def module_names() -> list[str]:
    """Names of all engine modules, sorted."""
    names = []
    for file in ENGINE.rglob("*.py"):
        parts = file.relative_to(ENGINE).with_suffix("").parts
        names.append(".".join((ENGINE_NAME, *(parts[:-1] if parts[-1] == "__init__" else parts))))
    return sorted(names)


@lru_cache(maxsize=1)
def engine_hash() -> str:
    """Hash of all sources of the engine, 20 hexadecimal digits."""
    digest = hashlib.sha256(sys.version.encode())
    for name in module_names():
        file = module_file(name)
        digest.update(name.encode() + b"\0" + (file.read_bytes() if file else b"") + b"\0")
    return digest.hexdigest()[:20]


def hashes_by_reading() -> dict[str, str]:
    """Every kernel, "module.kernel" below the engine, with the hash of all it can reach."""
    engine = Engine()
    compilers = [file.read_bytes() for file in map(module_file, COMPILERS) if file]
    hashes = {}
    for name in module_names():
        source = engine.source(name)
        for kernel in kernels_of(source) if source else []:
            digest = hashlib.sha256(b"\0".join(compilers))
            for place, text in sorted(engine.reach((name, kernel)).items()):
                digest.update(f"\0{place[0]} {place[1]}\0".encode() + text)
            hashes[f"{name.removeprefix(ENGINE_NAME + '.')}.{kernel}"] = digest.hexdigest()[:20]
    return hashes


def kernel_hashes(kept: Path) -> dict[str, str]:
    """Every kernel with the hash of what it can reach; kept in the folder `kept`, under the hash of all sources."""
    file = kept / f"{engine_hash()}.json"
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        hashes = hashes_by_reading()
    try:
        kept.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(hashes, indent=0), encoding="utf-8")
        unfinished.replace(file)
        for old in sorted(kept.iterdir(), key=lambda entry: entry.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        pass  # read again next time
    return hashes
