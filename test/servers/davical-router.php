<?php
// Every request of PHP's web server goes to DAViCal's one script, with the rest of the path as its PATH_INFO.
error_reporting(E_ERROR | E_PARSE);
ini_set('display_errors', '0');
$script = '/caldav.php';
$path = rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (str_starts_with($path, $script)) {
    $path = substr($path, strlen($script)) ?: '/';
}
$root = '/usr/share/davical/htdocs';
chdir($root);
$_SERVER['DOCUMENT_ROOT'] = $root;
$_SERVER['SCRIPT_FILENAME'] = $root . $script;
$_SERVER['SCRIPT_NAME'] = $script;
$_SERVER['PHP_SELF'] = $script . $path;
$_SERVER['PATH_INFO'] = $path;
require $root . $script;
