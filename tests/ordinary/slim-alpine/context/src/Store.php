<?php
namespace App;
class Store { public function rows(): array { return (new \PDO(getenv('DSN')))->query('select 1')->fetchAll(); } }
