-- An upload asks for a file by (index, name) and by (index, bytes), and for a project by (index, name). While the tables are
-- small, the planner takes any index that begins with the index's id for as good as the right one, and a connection keeps that
-- plan while they grow: it then reads the whole index. So only one index of each table begins with it.
alter table files add unique (blob, index_id);
alter table files drop constraint files_index_id_blob_key;
-- The new one finds files by their bytes as well.
drop index files_blob;

drop index projects_ultra_name;
create index projects_ultra_name on projects (ultra_name, index_id);
