<?php
// packs one file and reads it again
$file = tempnam(sys_get_temp_dir(), "zip");
$zip = new ZipArchive();
$zip->open($file, ZipArchive::OVERWRITE);
$zip->addFromString("note.txt", "packed and unpacked\n");
$zip->close();
$zip->open($file);
echo $zip->getFromName("note.txt");
