DROP TABLE used_sign_ons;
DROP TABLE identity_links;
DROP TABLE single_sign_on;
