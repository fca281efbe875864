"""`vesicula verify --roles`: which claims a model says itself, written down before anything is calibrated or judged."""

from __future__ import annotations

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json, say


def write_roles(names: list[str], *, as_json: bool) -> int:
    """Compute the roles of the claims of each ledger from the texts, keep them, and tell what changed."""
    from vesicula.experiments.verdicts.roles import computed_roles, roles, roles_file, roles_text, with_remarks
    from vesicula.results.durable import replace_file

    shown: dict[str, dict[str, int | list[str]]] = {}
    for name in names:
        before = roles(name)
        now = with_remarks(computed_roles(name), before)
        path = roles_file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, roles_text(now).encode())
        roles.cache_clear()
        said = sum(one.role == "construction" for one in now.values())
        other = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
        shown[name] = {"construction": said, "test": len(now) - said, "changed": other}
        if not as_json:
            emit(f"{name}: {said} claims are said by the model itself (construction), {len(now) - said} are tests")
            if before and other:
                emit(f"changed: {', '.join(other)}; say under `revised` why, where they have a verdict")
            say(f"roles: {path}")
    if as_json:
        emit_json(shown)
    return exits.OK
