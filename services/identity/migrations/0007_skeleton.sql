-- Letters and digits of ASCII stand for themselves in skeletons, so that `anna1` and `annal` are two names. The service fills them in anew
-- at its next start; until then names that look alike are told apart from newer ones alone. What is kept of customers who are gone
-- cannot be made anew: their names with 0, 1 or m can be taken again.
update identity.account set username_skeleton = null where username_skeleton is not null;

update identity.staff set username_skeleton = null where username_skeleton is not null;
