BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'notifier','tables','2026-11-25 15:12:27.388321+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'notifier','waiting_changes','2026-11-25 15:12:27.388588+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'notifier','soonest_deadlines','2026-11-25 15:12:27.389263+00:00');
CREATE TABLE acks (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), milestone TEXT NOT NULL, at INTEGER NOT NULL,
    by TEXT NOT NULL, PRIMARY KEY (parcel_id, milestone)
) WITHOUT ROWID;
INSERT INTO "acks" VALUES(2,'bidding_close',1730433600000,'张');
CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries(id), number INTEGER NOT NULL, started_at INTEGER NOT NULL,
    ended_at INTEGER, verdict TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (delivery_id, number)
) WITHOUT ROWID;
INSERT INTO "attempts" VALUES(1,1,1730426460000,1730426460000,'sent','');
INSERT INTO "attempts" VALUES(2,1,1730426760000,1730426760000,'sent','');
INSERT INTO "attempts" VALUES(3,1,1730430060000,1730430060000,'sent','');
CREATE TABLE changes (
    id INTEGER PRIMARY KEY, parcel_id INTEGER NOT NULL REFERENCES parcels(id), at INTEGER NOT NULL,
    body TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "changes" VALUES(1,1,1730426700000,'{"milestones":[{"milestone":"registration_close","old":"2024-11-14T17:00:00+08:00","new":"2024-11-20T17:00:00+08:00"}],"state":null,"fields":[],"file":"postponed.html","kind":"postponement"}',1);
INSERT INTO "changes" VALUES(2,2,1730430000000,'{"milestones":[{"milestone":"registration_close","old":"2024-11-15T17:00:00+08:00","new":"2024-11-16T17:00:00+08:00"}],"state":null,"fields":[],"file":"parcels.csv","kind":"listing"}',1);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES messages(id), channel TEXT NOT NULL,
    address TEXT NOT NULL, fallback_for TEXT NOT NULL DEFAULT '', urgent INTEGER NOT NULL,
    part INTEGER NOT NULL DEFAULT 1, parts INTEGER NOT NULL DEFAULT 1, items TEXT,
    state TEXT NOT NULL DEFAULT 'queued', next_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    unknowns INTEGER NOT NULL DEFAULT 0, maybe_repeat INTEGER NOT NULL DEFAULT 0, first_at INTEGER,
    lease_until INTEGER, ended_at INTEGER, words TEXT NOT NULL DEFAULT ''
, stands_for INTEGER REFERENCES deliveries(id));
INSERT INTO "deliveries" VALUES(1,1,'console','','',0,1,1,NULL,'sent',1730426460000,1,0,0,1730426460000,NULL,1730426460000,'',NULL);
INSERT INTO "deliveries" VALUES(2,2,'console','','',0,1,1,NULL,'sent',1730426760000,1,0,0,1730426760000,NULL,1730426760000,'',NULL);
INSERT INTO "deliveries" VALUES(3,3,'console','','',0,1,1,NULL,'sent',1730430060000,1,0,0,1730430060000,NULL,1730430060000,'',NULL);
CREATE TABLE files (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    read_at INTEGER NOT NULL, words TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, kind TEXT NOT NULL, urgent INTEGER NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, key TEXT UNIQUE, body TEXT NOT NULL DEFAULT ''
, soonest_at INTEGER);
INSERT INTO "messages" VALUES(1,'team','new',0,1730426460000,1731031260000,NULL,'',1731574800000);
INSERT INTO "messages" VALUES(2,'team','change',0,1730426760000,1731031560000,NULL,'',1732093200000);
INSERT INTO "messages" VALUES(3,'team','change',0,1730430060000,1731034860000,NULL,'',1731747600000);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "meta" VALUES('plan','team=98ad88725ff90159c3af034979f985a1');
CREATE TABLE milestones (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), name TEXT NOT NULL, at INTEGER NOT NULL,
    condition TEXT NOT NULL, known_at INTEGER NOT NULL, PRIMARY KEY (parcel_id, name, at, condition)
) WITHOUT ROWID;
INSERT INTO "milestones" VALUES(1,'registration_close',1732093200000,'',1730426700000);
INSERT INTO "milestones" VALUES(2,'bidding_close',1731895200000,'',1730426400000);
INSERT INTO "milestones" VALUES(2,'registration_close',1731747600000,'',1730430000000);
CREATE TABLE notices (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, notice_no TEXT NOT NULL,
    title TEXT NOT NULL, known_at INTEGER NOT NULL
);
INSERT INTO "notices" VALUES(1,'offer|杭测试告[2024]R901号','listing','杭测试告[2024]R901号','国有建设用地使用权挂牌出让公告',1730426400000);
INSERT INTO "notices" VALUES(2,'postponement|2acc065872e9e7cafffcc7daf12d534526599ccb10dd96979ef7f70bd32a809f','postponement','','延期公告',1730426700000);
CREATE TABLE parcels (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, notice_id INTEGER NOT NULL REFERENCES notices(id),
    notice_number TEXT NOT NULL, number TEXT NOT NULL, state TEXT NOT NULL, head TEXT NOT NULL, body TEXT NOT NULL,
    findings TEXT NOT NULL DEFAULT '[]', known_at INTEGER NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0, stale INTEGER NOT NULL DEFAULT 1
);
INSERT INTO "parcels" VALUES(1,'杭测试告[2024]R901号|甲储[2024]1号',1,'杭测试告[2024]R901号','甲储[2024]1号','open','{"notice_no":"杭测试告[2024]R901号","kind":"listing","title":"国有建设用地使用权挂牌出让公告","authority":"杭州市规划和自然资源局","city":"杭州","published":"2024-10-16","platform":"浙江省土地使用权网上交易系统","contacts":["0571-55501234"]}','{"parcel_no":"甲储[2024]1号","location":"上城区测试路与样例街交叉口东南角","district":"上城区","use":"住宅(设配套公建)用地","far":"1.0-2.2","term":"70年","area_m2":15000,"floor_area_m2":33000,"start_price_wan":99000,"deposit_wan":19800,"milestones":{"registration_close":{"at":"2024-11-20T17:00:00+08:00","precision":"minute","source":"stated","quote":"2024-11-20T17:00:00+08:00"}}}','[]',1730426400000,1,0);
INSERT INTO "parcels" VALUES(2,'杭测试告[2024]R901号|甲储[2024]2号',1,'杭测试告[2024]R901号','甲储[2024]2号','open','{"notice_no":"杭测试告[2024]R901号","kind":"listing","title":"国有建设用地使用权挂牌出让公告","authority":"杭州市规划和自然资源局","city":"杭州","published":"2024-10-16","platform":"浙江省土地使用权网上交易系统","contacts":["0571-55501234"]}','{"parcel_no":"甲储[2024]2号","location":"上城区测试路与样例街交叉口东南角","district":"上城区","use":"住宅(设配套公建)用地","far":"1.0-2.2","term":"70年","area_m2":15000,"floor_area_m2":33000,"start_price_wan":99000,"deposit_wan":19800,"milestones":{"registration_close":{"at":"2024-11-16T17:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月16日17:00"},"bidding_close":{"at":"2024-11-18T10:00:00+08:00","precision":"minute","source":"stated","quote":"2024年11月18日10:00"}}}','[]',1730426400000,1,0);
CREATE TABLE reminders (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), id BLOB NOT NULL, recipient TEXT NOT NULL,
    kind TEXT NOT NULL, milestone TEXT NOT NULL, lead TEXT NOT NULL, milestone_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, urgent INTEGER NOT NULL, provisional INTEGER NOT NULL, reason TEXT NOT NULL,
    origin TEXT NOT NULL, state TEXT NOT NULL, message_id INTEGER REFERENCES messages(id), day_only INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (parcel_id, id)
) WITHOUT ROWID;
INSERT INTO "reminders" VALUES(1,X'3F64F6FDBCB924EC00D44FA5D6E151F8','team','reminder','registration_close','1d',1732093200000,1732006800000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'3F64F6FDBCB924EC18FFA3583CBBDEBB','team','reminder','registration_close','3h',1732093200000,1732082400000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(1,X'3F64F6FDBCB924EC876B49D2CDBFBDF7','team','new','','',1731574800000,1730426430000,0,0,'','','done',1,0);
INSERT INTO "reminders" VALUES(1,X'3F64F6FDBCB924EC8AC04FF320A821B4','team','change','','',1732093200000,1730426730000,0,0,'','1','done',2,0);
INSERT INTO "reminders" VALUES(1,X'3F64F6FDBCB924ECA6A3D612637561E8','team','reminder','registration_close','1d',1731574800000,1731488400000,0,0,'postponed','','superseded',NULL,0);
INSERT INTO "reminders" VALUES(1,X'3F64F6FDBCB924ECE7590445E51FC083','team','reminder','registration_close','3h',1731574800000,1731564000000,1,0,'postponed','','superseded',NULL,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2B1306EF647F0E61B8','team','reminder','bidding_close','3h',1731895200000,1731884400000,0,0,'acknowledged','','acknowledged',NULL,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2B3111F30C6A589788','team','change','','',1731747600000,1730430030000,0,0,'','2','done',3,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2B38D0F0AE77C96CAA','team','reminder','registration_close','1d',1731747600000,1731661200000,0,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2B4328EDAD81BCF374','team','reminder','registration_close','3h',1731661200000,1731650400000,1,0,'postponed','','superseded',NULL,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2B4E528F983BFE8C25','team','reminder','bidding_close','10m',1731895200000,1731894600000,1,0,'acknowledged','','acknowledged',NULL,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2B86C373B9CE121C84','team','reminder','bidding_close','30m',1731895200000,1731893400000,1,0,'acknowledged','','acknowledged',NULL,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2B876B49D2CDBFBDF7','team','new','','',1731661200000,1730426430000,0,0,'','','done',1,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2BCB77F45026028BAB','team','reminder','registration_close','1d',1731661200000,1731574800000,0,0,'postponed','','superseded',NULL,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2BD4D4792CFE8DB4D0','team','reminder','registration_close','3h',1731747600000,1731736800000,1,0,'','','planned',NULL,0);
INSERT INTO "reminders" VALUES(2,X'9C11B52BEDED7B2BF073E9D2654442F6','team','reminder','bidding_close','1wd@09:00',1731895200000,1731632400000,0,0,'acknowledged','','acknowledged',NULL,0);
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, notice_id INTEGER NOT NULL REFERENCES notices(id), file TEXT NOT NULL,
    digest TEXT NOT NULL, read_at INTEGER NOT NULL, body TEXT NOT NULL
);
INSERT INTO "revisions" VALUES(1,1,'parcels.csv','93b4b851f1681700de3e06f30b2aba0dd2de9ac74dfaaae830345a103ac8a91b',1730426400000,'{"notice_no":"杭测试告[2024]R901号","kind":"listing","city":"杭州","refers_to":[],"changes":[],"parcels":[{"parcel_no":"甲储[2024]1号","location":"上城区测试路与样例街交叉口东南角","district":"上城区","use":"住宅(设配套公建)用地","far":"1.0-2.2","term":"70年","area_m2":15000,"floor_area_m2":33000,"start_price_wan":99000,"deposit_wan":19800,"milestones":{"registration_close":{"at":"2024-11-14T17:00:00+08:00","precision":"minute"}}},{"parcel_no":"甲储[2024]2号","location":"上城区测试路与样例街交叉口东南角","district":"上城区","use":"住宅(设配套公建)用地","far":"1.0-2.2","term":"70年","area_m2":15000,"floor_area_m2":33000,"start_price_wan":99000,"deposit_wan":19800,"milestones":{"registration_close":{"at":"2024-11-15T17:00:00+08:00","precision":"minute"},"bidding_close":{"at":"2024-11-18T10:00:00+08:00","precision":"minute"}}}],"title":"","platform":"浙江省土地使用权网上交易系统"}');
INSERT INTO "revisions" VALUES(2,2,'postponed.html','2acc065872e9e7cafffcc7daf12d534526599ccb10dd96979ef7f70bd32a809f',1730426700000,'{"notice_no":"","kind":"postponement","city":"杭州","refers_to":["杭测试告[2024]R901号"],"changes":[["甲储[2024]1号","registration_close","2024-11-20T17:00:00+08:00"]],"parcels":[],"title":"延期公告","platform":"浙江省土地使用权网上交易系统"}');
INSERT INTO "revisions" VALUES(3,1,'parcels.csv','5d39a6de045929856253e3f98c42e97b48b58d914e694fab1e03ca5487a40353',1730430000000,'{"notice_no":"杭测试告[2024]R901号","kind":"listing","city":"杭州","refers_to":[],"changes":[],"parcels":[{"parcel_no":"甲储[2024]1号","location":"上城区测试路与样例街交叉口东南角","district":"上城区","use":"住宅(设配套公建)用地","far":"1.0-2.2","term":"70年","area_m2":15000,"floor_area_m2":33000,"start_price_wan":99000,"deposit_wan":19800,"milestones":{"registration_close":{"at":"2024-11-14T17:00:00+08:00","precision":"minute"}}},{"parcel_no":"甲储[2024]2号","location":"上城区测试路与样例街交叉口东南角","district":"上城区","use":"住宅(设配套公建)用地","far":"1.0-2.2","term":"70年","area_m2":15000,"floor_area_m2":33000,"start_price_wan":99000,"deposit_wan":19800,"milestones":{"registration_close":{"at":"2024-11-16T17:00:00+08:00","precision":"minute"},"bidding_close":{"at":"2024-11-18T10:00:00+08:00","precision":"minute"}}}],"title":"","platform":"浙江省土地使用权网上交易系统"}');
CREATE TABLE silences (
    id INTEGER PRIMARY KEY, matchers TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
    by TEXT NOT NULL, why TEXT NOT NULL
);
CREATE TABLE troubles (
    channel TEXT PRIMARY KEY, since INTEGER NOT NULL, failures INTEGER NOT NULL, reported INTEGER NOT NULL,
    words TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE waiting (
    key TEXT NOT NULL, notice_id INTEGER NOT NULL REFERENCES notices(id), name TEXT NOT NULL,
    told INTEGER NOT NULL, UNIQUE (key, notice_id)
);
CREATE TABLE watches (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), recipient TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (parcel_id, recipient)
) WITHOUT ROWID;
INSERT INTO "watches" VALUES(1,'team',1730426400000);
INSERT INTO "watches" VALUES(2,'team',1730426400000);
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
COMMIT;
