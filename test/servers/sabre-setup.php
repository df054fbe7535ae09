<?php
// The tables that SabreDAV 1.8 expects, and two users.
$db = new PDO('sqlite:' . getenv('SABRE_FOLDER') . '/sabre.sqlite');
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$db->exec('PRAGMA journal_mode = WAL');
$db->exec('CREATE TABLE principals (id INTEGER PRIMARY KEY, uri TEXT UNIQUE, email TEXT, displayname TEXT, vcardurl TEXT)');
$db->exec('CREATE TABLE groupmembers (id INTEGER PRIMARY KEY, principal_id INTEGER, member_id INTEGER)');
$db->exec('CREATE TABLE calendars (id INTEGER PRIMARY KEY, principaluri TEXT, uri TEXT, displayname TEXT,
    description TEXT, ctag INTEGER, calendarorder INTEGER, calendarcolor TEXT, timezone TEXT, components TEXT,
    transparent BOOLEAN)');
$db->exec('CREATE TABLE calendarobjects (id INTEGER PRIMARY KEY, calendarid INTEGER, uri TEXT, calendardata BLOB,
    lastmodified INTEGER, etag TEXT, size INTEGER, componenttype TEXT, firstoccurence INTEGER, lastoccurence INTEGER,
    UNIQUE (calendarid, uri))');
$add = $db->prepare('INSERT INTO principals (uri, email, displayname) VALUES (?, ?, ?)');
foreach (['jane', 'bob'] as $user) {
    $add->execute(["principals/$user", "$user@example.com", $user]);
}
