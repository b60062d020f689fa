BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'notifier','tables','2026-11-25 18:32:21.148887+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'notifier','waiting_changes','2026-11-25 18:32:21.149162+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'notifier','soonest_deadlines','2026-11-25 18:32:21.149838+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'notifier','uncovered_parcels','2026-11-25 18:32:21.150330+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'notifier','one_message_for_several','2026-11-25 18:32:21.175688+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'notifier','file_readings','2026-11-25 18:32:21.176496+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'notifier','sent_texts','2026-11-25 18:32:21.176655+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'notifier','statements','2026-11-25 18:32:21.177887+00:00');
CREATE TABLE acks (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), milestone TEXT NOT NULL, at INTEGER NOT NULL,
    by TEXT NOT NULL, PRIMARY KEY (parcel_id, milestone)
) WITHOUT ROWID;
CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries(id), number INTEGER NOT NULL, started_at INTEGER NOT NULL,
    ended_at INTEGER, verdict TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (delivery_id, number)
) WITHOUT ROWID;
INSERT INTO "attempts" VALUES(1,1,1730426460000,NULL,'','');
CREATE TABLE bytes_read (id INTEGER PRIMARY KEY, file TEXT NOT NULL, digest TEXT NOT NULL, read_at INTEGER NOT NULL);
CREATE TABLE changes (
    id INTEGER PRIMARY KEY, parcel_id INTEGER NOT NULL REFERENCES parcels(id), at INTEGER NOT NULL,
    body TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES messages(id), channel TEXT NOT NULL,
    address TEXT NOT NULL, fallback_for TEXT NOT NULL DEFAULT '', urgent INTEGER NOT NULL,
    part INTEGER NOT NULL DEFAULT 1, parts INTEGER NOT NULL DEFAULT 1, items TEXT,
    state TEXT NOT NULL DEFAULT 'queued', next_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    unknowns INTEGER NOT NULL DEFAULT 0, maybe_repeat INTEGER NOT NULL DEFAULT 0, first_at INTEGER,
    lease_until INTEGER, ended_at INTEGER, words TEXT NOT NULL DEFAULT ''
, stands_for INTEGER REFERENCES deliveries(id), about TEXT NOT NULL DEFAULT '', bundle INTEGER);
INSERT INTO "deliveries" VALUES(1,2,'console','','',0,1,1,NULL,'sending',1730426460000,1,0,0,1730426460000,1730426760000,NULL,'',NULL,'',NULL);
INSERT INTO "deliveries" VALUES(2,3,'mail','li@example.com','',0,1,1,NULL,'queued',1730426460000,0,0,0,NULL,NULL,NULL,'',NULL,'',NULL);
CREATE TABLE files (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    read_at INTEGER NOT NULL, words TEXT NOT NULL DEFAULT ''
, errors TEXT NOT NULL DEFAULT '', untold_since INTEGER, told_at INTEGER) WITHOUT ROWID;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, kind TEXT NOT NULL, urgent INTEGER NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, key TEXT UNIQUE, body TEXT NOT NULL DEFAULT ''
, soonest_at INTEGER, content TEXT);
INSERT INTO "messages" VALUES(1,'other','new',0,1730426460000,1731031260000,NULL,'',1730768400000,'3faae74b33fe8108571b5edace765c6f');
INSERT INTO "messages" VALUES(2,'team','new',0,1730426460000,1731031260000,NULL,'',1730768400000,'3faae74b33fe8108571b5edace765c6f');
INSERT INTO "messages" VALUES(3,'boss','new',0,1730426460000,1731031260000,NULL,'',1730768400000,'3faae74b33fe8108571b5edace765c6f');
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE milestones (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), name TEXT NOT NULL, at INTEGER NOT NULL,
    condition TEXT NOT NULL, known_at INTEGER NOT NULL, PRIMARY KEY (parcel_id, name, at, condition)
) WITHOUT ROWID;
INSERT INTO "milestones" VALUES(1,'bidding_close',1731632400000,'',1730426400000);
INSERT INTO "milestones" VALUES(1,'bidding_open',1730768400000,'',1730426400000);
INSERT INTO "milestones" VALUES(1,'deposit_close',1731574800000,'',1730426400000);
INSERT INTO "milestones" VALUES(1,'registration_close',1731574800000,'',1730426400000);
INSERT INTO "milestones" VALUES(1,'registration_open',1730768400000,'',1730426400000);
CREATE TABLE notices (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, notice_no TEXT NOT NULL,
    title TEXT NOT NULL, known_at INTEGER NOT NULL
, authority TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '');
INSERT INTO "notices" VALUES(1,'offer|杭测试告[2024]R901号','listing','杭测试告[2024]R901号','国有建设用地使用权挂牌出让公告',1730426400000,'杭州市规划和自然资源局','杭州');
INSERT INTO "notices" VALUES(2,'postponement|33a76a5235ebc4c35960cce4bb1c211f642f7ab985d449d6abd382ab7e856386','postponement','补1号','国有建设用地使用权挂牌出让公告',1730426400000,'杭州市规划和自然资源局','杭州');
CREATE TABLE parcels (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, notice_id INTEGER NOT NULL REFERENCES notices(id),
    notice_number TEXT NOT NULL, number TEXT NOT NULL, state TEXT NOT NULL, head TEXT NOT NULL, body TEXT NOT NULL,
    findings TEXT NOT NULL DEFAULT '[]', known_at INTEGER NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0, stale INTEGER NOT NULL DEFAULT 1
, uncovered_at INTEGER, uncovered_told INTEGER NOT NULL DEFAULT 0, loose TEXT NOT NULL DEFAULT '');
INSERT INTO "parcels" VALUES(1,'杭测试告[2024]R901号|杭政储出[2024]901号',1,'杭测试告[2024]R901号','杭政储出[2024]901号','open','{"notice_no":"杭测试告[2024]R901号","kind":"listing","title":"国有建设用地使用权挂牌出让公告","authority":"杭州市规划和自然资源局","city":"杭州","published":"2024-10-16","platform":"浙江省土地使用权网上交易系统","contacts":["0571-55501234"],"file":"notice.csv"}','{"parcel_no":"杭政储出[2024]901号","location":"上城区测试路与样例街交叉口东南角","district":"上城区","use":"住宅(设配套公建)用地","far":"1.0-2.2","term":"70年","area_m2":15000,"floor_area_m2":33000,"start_price_wan":99000,"deposit_wan":19800,"milestones":{"registration_open":{"at":"2024-11-05T09:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月5日9:00"},"registration_close":{"at":"2024-11-14T17:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月14日17:00"},"deposit_close":{"at":"2024-11-14T17:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月14日17:00"},"bidding_open":{"at":"2024-11-05T09:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月5日9:00"},"bidding_close":{"at":"2024-11-15T09:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月15日9:00"}}}','[]',1730426400000,1,0,NULL,0,'杭政储出.2024.901');
CREATE TABLE questions (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, alert TEXT NOT NULL, city TEXT NOT NULL, params TEXT NOT NULL,
    told INTEGER NOT NULL
);
CREATE TABLE readings (
    name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, begun_at INTEGER NOT NULL, lives INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE reminders (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), id BLOB NOT NULL, recipient TEXT NOT NULL,
    kind TEXT NOT NULL, milestone TEXT NOT NULL, lead TEXT NOT NULL, milestone_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, urgent INTEGER NOT NULL, provisional INTEGER NOT NULL, reason TEXT NOT NULL,
    origin TEXT NOT NULL, state TEXT NOT NULL, message_id INTEGER REFERENCES messages(id), day_only INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (parcel_id, id)
) WITHOUT ROWID;
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E388092857645D0FA3C965','other','reminder','deposit_close','2wd@09:00',1731574800000,1731373200000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E388095C25D1EF9DB566B5','other','reminder','deposit_close','5wd@09:00',1731574800000,1730941200000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E388095C8217EB714D6FE2','other','reminder','deposit_close','1wd@09:00',1731574800000,1731459600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E3880960BEC28420F24463','other','reminder','deposit_close','3h',1731574800000,1731564000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809712AB137174308E4','other','reminder','registration_close','1wd@09:00',1731574800000,1731459600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809772AB07BC25F1EB0','other','reminder','registration_close','3wd@09:00',1731574800000,1731286800000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E388097EBC8DE749BBD8B0','other','reminder','bidding_close','10m',1731632400000,1731631800000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809876B49D2CDBFBDF7','other','new','','',1730768400000,1730426430000,0,0,'','','claimed',1,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E3880996B8538C6C154462','other','reminder','bidding_close','1wd@09:00',1731632400000,1731546000000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809A070596CC418037B','other','reminder','registration_close','30m',1731574800000,1731573000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809ADF4B896BF91E95A','other','reminder','bidding_close','30m',1731632400000,1731630600000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809D2A3BCA6B4C4B185','other','reminder','bidding_open','30m',1730768400000,1730766600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809DBC897609AA10336','other','reminder','bidding_close','3h',1731632400000,1731621600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809E7590445E51FC083','other','reminder','registration_close','3h',1731574800000,1731564000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'06EE2B3AE6E38809F69C3252A268811D','other','reminder','bidding_open','1wd@09:00',1730768400000,1730682000000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A352857645D0FA3C965','team','reminder','deposit_close','2wd@09:00',1731574800000,1731373200000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A355C25D1EF9DB566B5','team','reminder','deposit_close','5wd@09:00',1731574800000,1730941200000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A355C8217EB714D6FE2','team','reminder','deposit_close','1wd@09:00',1731574800000,1731459600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A3560BEC28420F24463','team','reminder','deposit_close','3h',1731574800000,1731564000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35712AB137174308E4','team','reminder','registration_close','1wd@09:00',1731574800000,1731459600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35772AB07BC25F1EB0','team','reminder','registration_close','3wd@09:00',1731574800000,1731286800000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A357EBC8DE749BBD8B0','team','reminder','bidding_close','10m',1731632400000,1731631800000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35876B49D2CDBFBDF7','team','new','','',1730768400000,1730426430000,0,0,'','','claimed',2,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A3596B8538C6C154462','team','reminder','bidding_close','1wd@09:00',1731632400000,1731546000000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35A070596CC418037B','team','reminder','registration_close','30m',1731574800000,1731573000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35ADF4B896BF91E95A','team','reminder','bidding_close','30m',1731632400000,1731630600000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35D2A3BCA6B4C4B185','team','reminder','bidding_open','30m',1730768400000,1730766600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35DBC897609AA10336','team','reminder','bidding_close','3h',1731632400000,1731621600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35E7590445E51FC083','team','reminder','registration_close','3h',1731574800000,1731564000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'CD0AE8CBBC943A35F69C3252A268811D','team','reminder','bidding_open','1wd@09:00',1730768400000,1730682000000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D72857645D0FA3C965','boss','reminder','deposit_close','2wd@09:00',1731574800000,1731373200000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D72B90DC17E5CFD8CB','boss','escalation','registration_close','3h',1731574800000,1731564900000,1,0,'escalation','team','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D75C25D1EF9DB566B5','boss','reminder','deposit_close','5wd@09:00',1731574800000,1730941200000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D75C8217EB714D6FE2','boss','reminder','deposit_close','1wd@09:00',1731574800000,1731459600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D760BEC28420F24463','boss','reminder','deposit_close','3h',1731574800000,1731564000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7712AB137174308E4','boss','reminder','registration_close','1wd@09:00',1731574800000,1731459600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7772AB07BC25F1EB0','boss','reminder','registration_close','3wd@09:00',1731574800000,1731286800000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D77EBC8DE749BBD8B0','boss','reminder','bidding_close','10m',1731632400000,1731631800000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7876B49D2CDBFBDF7','boss','new','','',1730768400000,1730426430000,0,0,'','','claimed',3,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7916430DAB82C472A','boss','escalation','bidding_close','30m',1731632400000,1731631500000,1,0,'escalation','team','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D796B8538C6C154462','boss','reminder','bidding_close','1wd@09:00',1731632400000,1731546000000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7A070596CC418037B','boss','reminder','registration_close','30m',1731574800000,1731573000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7ADF4B896BF91E95A','boss','reminder','bidding_close','30m',1731632400000,1731630600000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7D2A3BCA6B4C4B185','boss','reminder','bidding_open','30m',1730768400000,1730766600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7DBC897609AA10336','boss','reminder','bidding_close','3h',1731632400000,1731621600000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7E7590445E51FC083','boss','reminder','registration_close','3h',1731574800000,1731564000000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7E840DC890134327B','boss','escalation','deposit_close','3h',1731574800000,1731564900000,1,0,'escalation','team','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'F499178EFBCB08D7F69C3252A268811D','boss','reminder','bidding_open','1wd@09:00',1730768400000,1730682000000,0,0,'','','planned',NULL,0);
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, notice_id INTEGER NOT NULL REFERENCES notices(id), file TEXT NOT NULL,
    digest TEXT NOT NULL, read_at INTEGER NOT NULL, body TEXT NOT NULL
);
INSERT INTO "revisions" VALUES(1,1,'notice.csv','bec3431ee150d3ab0b24438dd6081f7b298af0f1cd70da61c5f181f650c4dcce',1730426400000,'{"notice_no":"杭测试告[2024]R901号","kind":"listing","city":"杭州","refers_to":[],"changes":[],"parcels":[{"parcel_no":"杭政储出[2024]901号","location":"上城区测试路与样例街交叉口东南角","district":"上城区","use":"住宅(设配套公建)用地","far":"1.0-2.2","term":"70年","area_m2":15000,"floor_area_m2":33000,"start_price_wan":99000,"deposit_wan":19800,"milestones":{"registration_open":{"at":"2024-11-05T09:00:00+08:00","precision":"minute"},"registration_close":{"at":"2024-11-14T17:00:00+08:00","precision":"minute"},"deposit_close":{"at":"2024-11-14T17:00:00+08:00","precision":"minute"},"bidding_open":{"at":"2024-11-05T09:00:00+08:00","precision":"minute"},"bidding_close":{"at":"2024-11-15T09:00:00+08:00","precision":"minute"}}}],"title":"","platform":"浙江省土地使用权网上交易系统","published":"2024-10-16"}');
INSERT INTO "revisions" VALUES(2,2,'later.md','33a76a5235ebc4c35960cce4bb1c211f642f7ab985d449d6abd382ab7e856386',1730426400000,'{"notice_no":"补1号","kind":"postponement","city":"杭州","refers_to":["另告[2024]9号","另告[2024]7号"],"changes":[],"parcels":[],"title":"国有建设用地使用权挂牌出让公告","platform":"浙江省土地使用权网上交易系统","authority":"杭州市规划和自然资源局","day":"2024-10-20","names":[],"text":"","published":"2024-10-20"}');
CREATE TABLE silences (
    id INTEGER PRIMARY KEY, matchers TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
    by TEXT NOT NULL, why TEXT NOT NULL
);
CREATE TABLE statements (
    id INTEGER PRIMARY KEY, parcel_id INTEGER NOT NULL REFERENCES parcels(id), said_at INTEGER NOT NULL,
    origin TEXT NOT NULL, file TEXT NOT NULL, published TEXT NOT NULL, by TEXT NOT NULL, why TEXT NOT NULL,
    on_purpose INTEGER NOT NULL, body TEXT NOT NULL
);
INSERT INTO "statements" VALUES(1,1,1730426400000,'notice','notice.csv','2024-10-16','','',0,'{"milestones":{"registration_open":{"at":"2024-11-05T09:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月5日9:00"},"registration_close":{"at":"2024-11-14T17:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月14日17:00"},"deposit_close":{"at":"2024-11-14T17:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月14日17:00"},"bidding_open":{"at":"2024-11-05T09:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月5日9:00"},"bidding_close":{"at":"2024-11-15T09:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月15日9:00"}},"fields":{"location":"上城区测试路与样例街交叉口东南角","use":"住宅(设配套公建)用地","area_m2":"15000","floor_area_m2":"33000","far":"1.0-2.2","start_price_wan":"99000","deposit_wan":"19800"}}');
CREATE TABLE texts (delivery_id INTEGER PRIMARY KEY REFERENCES deliveries(id), text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE "troubles" (
    channel TEXT NOT NULL, about TEXT NOT NULL, address TEXT NOT NULL, since INTEGER NOT NULL,
    failures INTEGER NOT NULL, words TEXT NOT NULL, last_at INTEGER NOT NULL, is_over INTEGER NOT NULL DEFAULT 0,
    is_reported INTEGER NOT NULL DEFAULT 0, reported_at INTEGER, PRIMARY KEY (channel, about, address)
) WITHOUT ROWID;
CREATE TABLE waiting (
    key TEXT NOT NULL, notice_id INTEGER NOT NULL REFERENCES notices(id), name TEXT NOT NULL,
    told INTEGER NOT NULL, UNIQUE (key, notice_id)
);
INSERT INTO "waiting" VALUES('另告[2024]9',2,'另告[2024]9号',0);
INSERT INTO "waiting" VALUES('另告[2024]7',2,'另告[2024]7号',0);
INSERT INTO "waiting" VALUES('补1',2,'补1号',0);
CREATE TABLE watches (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), recipient TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (parcel_id, recipient)
) WITHOUT ROWID;
INSERT INTO "watches" VALUES(1,'boss',1730426400000);
INSERT INTO "watches" VALUES(1,'other',1730426400000);
INSERT INTO "watches" VALUES(1,'team',1730426400000);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX revisions_notice ON revisions (notice_id, file, id);
CREATE INDEX revisions_digest ON revisions (digest);
CREATE INDEX parcels_number ON parcels (number);
CREATE INDEX parcels_notice_number ON parcels (notice_number);
CREATE INDEX parcels_stale ON parcels (id) WHERE stale;
CREATE INDEX milestones_at ON milestones (at);
CREATE INDEX changes_parcel ON changes (parcel_id);
CREATE INDEX reminders_due ON reminders (due_at) WHERE state = 'planned';
CREATE INDEX reminders_message ON reminders (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX deliveries_queue ON deliveries (channel, urgent, next_at) WHERE state = 'queued';
CREATE INDEX deliveries_sending ON deliveries (id) WHERE state = 'sending';
CREATE INDEX deliveries_message ON deliveries (message_id);
CREATE INDEX deliveries_state ON deliveries (state, ended_at);
CREATE INDEX waiting_untold ON waiting (notice_id) WHERE told = 0;
CREATE INDEX deliveries_stands_for ON deliveries (stands_for) WHERE stands_for IS NOT NULL;
CREATE INDEX parcels_uncovered ON parcels (uncovered_at) WHERE uncovered_at IS NOT NULL AND uncovered_told = 0;
CREATE INDEX deliveries_bundle ON deliveries (bundle) WHERE bundle IS NOT NULL;
CREATE INDEX messages_content ON messages (content) WHERE content IS NOT NULL;
CREATE INDEX statements_parcel ON statements (parcel_id);
CREATE INDEX bytes_read_file ON bytes_read (file);
CREATE INDEX bytes_read_digest ON bytes_read (digest);
CREATE INDEX questions_untold ON questions (id) WHERE told = 0;
CREATE INDEX parcels_loose ON parcels (loose);
CREATE INDEX parcels_notice ON parcels (notice_id);
COMMIT;
