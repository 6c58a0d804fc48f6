-- What PostGraphile shows: the ladder in tables with the keys and indexes that its queries want,
-- and a view of where everybody stands on {day} by what is known now.
CREATE SCHEMA shown;

CREATE TABLE shown.ladder (key text PRIMARY KEY, version text NOT NULL, fork text);
CREATE TABLE shown.track (
  ladder text REFERENCES shown.ladder, place int, key text NOT NULL, kind text NOT NULL,
  PRIMARY KEY (ladder, place), UNIQUE (ladder, key)
);
CREATE TABLE shown.level (
  ladder text, track text, place int, key text NOT NULL, title text NOT NULL, grade text NOT NULL,
  PRIMARY KEY (ladder, track, place), UNIQUE (ladder, track, key),
  FOREIGN KEY (ladder, track) REFERENCES shown.track (ladder, key)
);
CREATE TABLE shown.band (
  ladder text, track text, level text, place int, zone text NOT NULL, currency text NOT NULL,
  min numeric NOT NULL, mid numeric NOT NULL, max numeric NOT NULL,
  PRIMARY KEY (ladder, track, level, place),
  FOREIGN KEY (ladder, track, level) REFERENCES shown.level (ladder, track, key)
);
CREATE TABLE shown.title (level text PRIMARY KEY, track text, title text NOT NULL);
COMMENT ON TABLE shown.title IS E'@behavior -*';

CREATE VIEW shown.person AS SELECT id, key FROM public.employee;
COMMENT ON VIEW shown.person IS E'@primaryKey id';
CREATE VIEW shown.standing AS
  SELECT a.employee_id, a.job_id, t.track, a.level, a.grade, t.title, a.team, a.zone
  FROM public.assignment a JOIN shown.title t USING (level)
  WHERE a.effective_from <= '{day}' AND (a.effective_to IS NULL OR a.effective_to > '{day}') AND a.known_to IS NULL;
COMMENT ON VIEW shown.standing IS E'@primaryKey employee_id,job_id\n@foreignKey (employee_id) references person (id)';
