"""What the databases themselves refuse, whatever the code above them does.

Facts are insert-only and known to an end once; rows of a job that are known together never overlap. Postgres
says the last as an exclusion constraint. An empty range overlaps nothing, so the check on `effective_to`
stands beside it, or empty rows would slip through. SQLite has neither and says both by trigger. The text of a
released revision is never edited; a later rule gets a function of its own.
"""

from alembic import op

_FACTS = ("change", "change_end", "activation", "audit", "company_version", "ladder_version", "band_set")
"""Tables whose rows are never altered or removed."""

_KNOWN = ("assignment", "external_id")
"""Tables of whose rows only `known_to` is ever written, once."""


def keep_record_invariants() -> None:
    for statement in _postgres() if op.get_bind().dialect.name == "postgresql" else _sqlite():
        op.execute(statement)


def drop_record_invariants() -> None:
    """Triggers and constraints go with their tables; the function does not."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION dualtrack_refuse() CASCADE")
        op.execute("DROP FUNCTION dualtrack_end_once() CASCADE")


def keep_overlay_invariants() -> None:
    """The rows of `overlay` are facts like those of `assignment`; that one of a job is known is its index."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER overlay_kept BEFORE DELETE ON overlay FOR EACH ROW EXECUTE FUNCTION dualtrack_refuse()"
        )
        op.execute(
            "CREATE TRIGGER overlay_ends_once BEFORE UPDATE ON overlay "
            "FOR EACH ROW EXECUTE FUNCTION dualtrack_end_once()"
        )
        return
    op.execute(
        """CREATE TRIGGER overlay_delete BEFORE DELETE ON overlay
           BEGIN SELECT RAISE(ABORT, 'rows of overlay are facts: they are never removed'); END"""
    )
    fixed = "id job_id employee_id base_job_id role name high_profile effective_from effective_to known_from"
    op.execute(_ends_once("overlay", fixed))


def _postgres() -> list[str]:
    return [
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        """ALTER TABLE assignment ADD CONSTRAINT assignment_no_overlap EXCLUDE USING gist
           (job_id WITH =, daterange(effective_from, effective_to) WITH &&) WHERE (known_to IS NULL)""",
        """CREATE FUNCTION dualtrack_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN RAISE EXCEPTION 'rows of % are facts: they are never altered', TG_TABLE_NAME; END $$""",
        """CREATE FUNCTION dualtrack_end_once() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             IF OLD.known_to IS NOT NULL OR NEW.known_to IS NULL
                OR to_jsonb(NEW) - 'known_to' <> to_jsonb(OLD) - 'known_to' THEN
               RAISE EXCEPTION 'rows of % are facts: only their end is written, once', TG_TABLE_NAME;
             END IF;
             RETURN NEW;
           END $$""",
        *(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION dualtrack_refuse()"
            for table in _FACTS
        ),
        *(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION dualtrack_refuse()"
            for table in _KNOWN
        ),
        *(
            f"CREATE TRIGGER {table}_ends_once BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION dualtrack_end_once()"
            for table in _KNOWN
        ),
    ]


def _sqlite() -> list[str]:
    return [
        """CREATE TRIGGER assignment_no_overlap BEFORE INSERT ON assignment WHEN NEW.known_to IS NULL AND EXISTS (
             SELECT 1 FROM assignment old
             WHERE old.job_id = NEW.job_id AND old.known_to IS NULL
               AND (NEW.effective_to IS NULL OR old.effective_from < NEW.effective_to)
               AND (old.effective_to IS NULL OR NEW.effective_from < old.effective_to))
           BEGIN SELECT RAISE(ABORT, 'assignment_no_overlap'); END""",
        *(
            f"""CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table}
                BEGIN SELECT RAISE(ABORT, 'rows of {table} are facts: they are never altered'); END"""
            for table in _FACTS
            for act in ("UPDATE", "DELETE")
        ),
        *(
            f"""CREATE TRIGGER {table}_delete BEFORE DELETE ON {table}
                BEGIN SELECT RAISE(ABORT, 'rows of {table} are facts: they are never removed'); END"""
            for table in _KNOWN
        ),
        *(_ends_once(table, columns) for table, columns in _FIXED.items()),
    ]


_FIXED = {
    "assignment": (
        "id job_id employee_id effective_from effective_to known_from ladder level grade step role team zone "
        "title band_set grade_since step_since"
    ),
    "external_id": "id employee_id system value known_from",
}


def _ends_once(table: str, columns: str) -> str:
    altered = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns.split())
    return f"""CREATE TRIGGER {table}_ends_once BEFORE UPDATE ON {table}
               WHEN OLD.known_to IS NOT NULL OR NEW.known_to IS NULL OR {altered}
               BEGIN SELECT RAISE(ABORT, 'rows of {table} are facts: only their end is written, once'); END"""
