namespace Shop.Core;
public record Product(int Id, string Name, decimal Price);
public class Catalog { public IEnumerable<Product> All() => new[] { new Product(1, "Lamp", 19.9m) }; }
