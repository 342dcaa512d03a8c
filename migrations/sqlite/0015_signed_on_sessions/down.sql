ALTER TABLE sessions DROP COLUMN single_sign_on;
