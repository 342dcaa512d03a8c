-- Which session is which, so that one can be ended and kept out of an ending.

ALTER TABLE sessions ADD COLUMN visit TEXT NOT NULL DEFAULT '';
