-- :"name" stands for the quoted name of the new database; a name cannot be a parameter.
CREATE DATABASE :"name"
