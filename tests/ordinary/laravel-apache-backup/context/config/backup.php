<?php return ['backup' => ['name' => 'crm', 'source' => ['databases' => ['mysql']]]];
