DROP TABLE answered_challenges;
DROP TABLE recovery_codes;
DROP TABLE passkeys;
