-- What was given up is nobody's any more.
SELECT 1;
