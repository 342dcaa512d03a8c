DROP TABLE pass_keys;
