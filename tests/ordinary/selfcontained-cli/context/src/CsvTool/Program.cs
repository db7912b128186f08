using System.Globalization;
using CsvHelper;
if (args.Length == 0 || args[0] == "--help") { Console.WriteLine("csvtool FILE [CULTURE]"); return 0; }
var culture = args.Length > 1 ? new CultureInfo(args[1]) : CultureInfo.InvariantCulture;
using var reader = new StreamReader(args[0]);
using var csv = new CsvReader(reader, culture);
foreach (var row in csv.GetRecords<dynamic>()) Console.WriteLine(row);
return 0;
