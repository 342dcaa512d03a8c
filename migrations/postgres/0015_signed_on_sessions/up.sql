-- Which sessions began by single sign-on, so that they end when it is turned off.

ALTER TABLE sessions ADD COLUMN single_sign_on BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sessions SET single_sign_on = TRUE WHERE state LIKE '%"single_sign_on":true%';
