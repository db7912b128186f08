print "notes\n";
