<?php
// Every request of PHP's web server goes to SabreDAV.
date_default_timezone_set('UTC');
// The library is older than this PHP: what it only warns of does not concern us, and must not end up in an answer.
error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
ini_set('display_errors', '0');
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if ($level === E_DEPRECATED || $level === E_USER_DEPRECATED) {
        return true;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

if (rtrim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/') === '/.well-known/caldav') {
    header('Location: /', true, 301);
    return;
}

require_once 'Sabre/autoload.php';

final class TwoUsers extends Sabre\DAV\Auth\Backend\AbstractBasic
{
    protected function validateUserPass($username, $password)
    {
        return in_array($username, ['jane', 'bob'], true) && $password === 'secret';
    }
}

$db = new PDO('sqlite:' . getenv('SABRE_FOLDER') . '/sabre.sqlite');
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$db->exec('PRAGMA busy_timeout = 10000');
$db->exec('PRAGMA synchronous = OFF');
$principals = new Sabre\DAVACL\PrincipalBackend\PDO($db);
$calendars = new Sabre\CalDAV\Backend\PDO($db);
$server = new Sabre\DAV\Server([
    new Sabre\CalDAV\Principal\Collection($principals),
    new Sabre\CalDAV\CalendarRootNode($principals, $calendars),
]);
$server->setBaseUri('/');
$server->addPlugin(new Sabre\DAV\Auth\Plugin(new TwoUsers(), 'calweave'));
$server->addPlugin(new Sabre\DAVACL\Plugin());
$server->addPlugin(new Sabre\CalDAV\Plugin());
$server->exec();
