ALTER TABLE single_sign_on DROP COLUMN set_by;
